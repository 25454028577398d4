from pykeepalived.lab.summary import Summary
from pykeepalived.lab.timeline import Record


def draw(record: Record, summary: Summary) -> str:
    return ""
