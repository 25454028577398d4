"""A few lines of SVG: elements as text, coordinates rounded, text escaped. Pure."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr


def element(name: str, content: str = "", /, **attributes: str | float) -> str:
    """``stroke_width=2`` becomes ``stroke-width="2"``; ``class_`` becomes ``class``."""
    words = [f"{_name(key)}={_value(value)}" for key, value in attributes.items()]
    opening = " ".join([name, *words])
    return f"<{opening}>{content}</{name}>" if content else f"<{opening}/>"


def text(x: float, y: float, words: str, **attributes: str | float) -> str:
    return element("text", escape(words), **{"x": x, "y": y, **attributes})


def box(x: float, y: float, width: float, height: float, **attributes: str | float) -> str:
    place = {"x": x, "y": y, "width": max(0.0, width), "height": max(0.0, height)}
    return element("rect", **{**place, **attributes})


def line(x1: float, y1: float, x2: float, y2: float, **attributes: str | float) -> str:
    return element("line", **{"x1": x1, "y1": y1, "x2": x2, "y2": y2, **attributes})


def document(
    width: float, height: float, ink: str, style: str, definitions: str, parts: list[str], title: str
) -> str:
    """``ink`` is the colour of what names none."""
    body = "\n".join(
        [
            f"<title>{escape(title)}</title>",
            f"<style>{style}</style>",
            f"<defs>{definitions}</defs>",
            box(0, 0, width, height, fill="#ffffff"),
            *parts,
        ]
    )
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" fill="{ink}" {size}>\n{body}\n</svg>\n'


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: str | float) -> str:
    return quoteattr(value) if isinstance(value, str) else f'"{round(value, 2):g}"'
