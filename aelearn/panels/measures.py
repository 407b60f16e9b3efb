"""Numbers as bars in HTML: quick to draw, and readable without them."""

import html

BLUE = "#0072B2"


def bar_table(rows):
    """Names, bars and numbers, one line each.

    Args:
        rows: list of `(name, share, text)`: share from 0 to 1 is the length of the bar, the text stands behind it.

    Returns:
        str of HTML.

    Example:
        >>> "width:50.0%" in bar_table([("MSE", 0.5, "0.0080")])
        True
    """
    cells = []
    for name, share, text in rows:
        width = 100 * min(max(share, 0.0), 1.0)
        cells += [
            f"<div>{html.escape(name)}</div>",
            '<div style="background:rgba(128,128,128,.18);height:.75em;align-self:center">'
            f'<div style="background:{BLUE};height:100%;width:{width:.1f}%"></div></div>',
            f'<div style="white-space:nowrap">{html.escape(text)}</div>',
        ]
    style = "display:grid;grid-template-columns:max-content minmax(60px,1fr) max-content;gap:1px 10px;line-height:1.5"
    return f'<div style="{style}">{"".join(cells)}</div>'
