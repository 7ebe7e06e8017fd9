"""The outcomes of `hotspan check` as JUnit XML: what CI servers show beside the tests."""

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from hotspan_analysis import texts

if TYPE_CHECKING:
    from hotspan_analysis.check import Check, Outcome


def as_junit(found: "Check") -> str:
    """One test case for each outcome; what is broken is a failure, what nobody can judge is an error."""
    suite = ElementTree.Element(
        "testsuite",
        name="hotspan check",
        tests=str(len(found)),
        failures=str(len(found.broken)),
        errors=str(len(found.unjudged)),
        skipped="0",
        time="0",
        timestamp=found.window.as_dict()["start"].removesuffix("Z"),
    )
    for outcome in found:
        suite.append(_case(outcome))
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _case(outcome: "Outcome") -> ElementTree.Element:
    name = texts.printable(f"{outcome.rule} {outcome.endpoint}")
    case = ElementTree.Element("testcase", classname="hotspan.check", name=name, time="0")
    message = texts.printable(outcome.message)
    body = "\n".join(map(texts.printable, (outcome.message, *outcome.evidence)))
    if outcome.status == "held":
        ElementTree.SubElement(case, "system-out").text = body
    else:
        kind = "failure" if outcome.status == "broken" else "error"
        ElementTree.SubElement(case, kind, message=message, type=outcome.rule).text = body
    return case
