"""Doors for programs of other makers: each module gives one of them what a workspace has.

A module needs the extra that it is named for, and is imported by whoever wants it: nothing here is loaded with the
package.
"""
