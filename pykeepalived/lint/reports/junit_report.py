"""JUnit XML: one test suite a file, one failed case a finding, one passed case for a clean file."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from pykeepalived.lint.finding import Finding
from pykeepalived.lint.reports.report import SEVERITY_WORDS, Report


def _clean(text: str) -> str:
    """XML 1.0 forbids most control characters even when escaped."""
    return "".join(char if _allowed(char) else "?" for char in text)


def _allowed(char: str) -> bool:
    return char in "\t\n" or (ord(char) >= 32 and not 0xD800 <= ord(char) < 0xE000)


def _case(finding: Finding, file: str) -> str:
    where = str(finding.span) if finding.span else finding.subject or file
    text = "\n".join(part for part in (where, finding.message, finding.consequence, finding.hint) if part)
    name = quoteattr(_clean(f"{finding.code} {where}"))
    return (
        f"  <testcase classname={quoteattr(_clean(file))} name={name}>\n"
        f"   <failure type={quoteattr(SEVERITY_WORDS[finding.severity])}"
        f" message={quoteattr(_clean(finding.message))}>{escape(_clean(text))}</failure>\n  </testcase>\n"
    )


def render(report: Report) -> str:
    by_file: dict[str, list[Finding]] = {file: [] for file in report.result.files}
    for finding in report.result.findings:
        by_file.setdefault(finding.file or report.result.files[0], []).append(finding)
    suites = []
    for file, findings in by_file.items():
        cases = "".join(_case(finding, file) for finding in findings)
        if not findings:
            cases = f'  <testcase classname={quoteattr(_clean(file))} name="no findings"/>\n'
        number = f'tests="{max(1, len(findings))}" failures="{len(findings)}"'
        suites.append(f" <testsuite name={quoteattr(_clean(file))} {number}>\n{cases} </testsuite>\n")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="pykeepalived lint">\n'
        + "".join(suites)
        + "</testsuites>\n"
    )
