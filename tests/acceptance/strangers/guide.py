"""A stranger to this project: the vendor guide's four steps with requests.

The metric is a bare string where a list is meant, and filters that are not wanted are None.
"""

import os
import time

import requests

signed_in = requests.post(
    os.environ["TOKEN_URL"],
    data={
        "grant_type": "password",
        "client_id": os.environ["API_KEY"],
        "client_secret": os.environ["API_SECRET"],
        "username": os.environ["LOGIN"],
        "password": os.environ["PASSWORD"],
        "version": "2",
    },
    timeout=30,
)
headers = {"Authorization": "Bearer " + signed_in.json()["access_token"]}

ASK = """
mutation ($input: AskPartnerReportFileInput!) {
    askPartnerReportFile(input: $input) {
        reportFile {
            reportToken
        }
    }
}
"""
wanted = {
    "metrics": "VIEWS",
    "dimensions": ["DAY", "VIDEO_TITLE"],
    "filters": None,
    "startDate": "2018-07-01",
    "endDate": "2018-07-04",
    "product": "CONTENT",
}
asked = requests.post(
    os.environ["GRAPHQL_URL"], json={"query": ASK, "variables": {"input": wanted}}, headers=headers, timeout=30
)
token = asked.json()["data"]["askPartnerReportFile"]["reportFile"]["reportToken"]

LOOK = """
query PartnerGetReportFile($reportToken: String!) {
    partner {
        reportFile(reportToken: $reportToken) {
            status
            downloadLinks { edges { node { link } } }
        }
    }
}
"""
edges: list[dict[str, dict[str, str]]] = []
while not edges:
    time.sleep(0.2)
    seen = requests.post(
        os.environ["GRAPHQL_URL"],
        json={"query": LOOK, "variables": {"reportToken": token}},
        headers=headers,
        timeout=30,
    )
    edges = seen.json()["data"]["partner"]["reportFile"]["downloadLinks"]["edges"]

for number, edge in enumerate(edges, 1):
    with open(f"report_{number}.csv", "wb") as target:
        target.write(requests.get(edge["node"]["link"], timeout=30).content)
