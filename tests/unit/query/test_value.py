"""``Value``: frozen, made by keyword, compared by its fields."""

import pickle
from copy import deepcopy

import pytest

from dailymotion_reports.query.value import Value


class Fruit(Value):
    name: str
    seeds: int = 0


class Apple(Fruit):
    sort: str


def test_fields_are_what_is_annotated_base_class_first() -> None:
    apple = Apple(sort="Cox", name="apple")

    assert repr(apple) == "Apple(name='apple', seeds=0, sort='Cox')"
    assert list(Apple.defaults) == ["name", "seeds", "sort"]
    assert list(Fruit.defaults) == ["name", "seeds"], "a class below changes nothing above"


def test_it_is_equal_to_one_of_the_same_class_with_the_same_fields() -> None:
    assert Fruit(name="a") == Fruit(seeds=0, name="a")
    assert hash(Fruit(name="a")) == hash(Fruit(seeds=0, name="a"))
    assert Fruit(name="a") != Fruit(name="a", seeds=1)
    assert Fruit(name="a") != Apple(name="a", sort="")


def test_nothing_of_it_can_be_changed() -> None:
    fruit = Fruit(name="a")

    with pytest.raises(AttributeError, match=r"Fruit\.name is frozen"):
        fruit.name = "b"  # type: ignore[misc]
    with pytest.raises(AttributeError, match=r"Fruit\.name is frozen"):
        del fruit.name
    assert fruit == Fruit(name="a")


@pytest.mark.parametrize(("given", "told"), [({}, r"missing \['name'\]"), ({"name": "a", "pips": 1}, r"\['pips'\]")])
def test_what_is_missing_or_not_known_is_named(given: dict[str, object], told: str) -> None:
    with pytest.raises(TypeError, match=told):
        Fruit(**given)  # type: ignore[arg-type]


def test_it_can_be_copied_and_sent_to_other_processes() -> None:
    apple = Apple(name="a", sort="Cox")

    assert pickle.loads(pickle.dumps(apple)) == apple == deepcopy(apple)
