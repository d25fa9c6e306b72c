"""Les lettres d'un dessin : rien d'invisible, rien qui déborde."""

from hypothesis import given
from hypothesis import strategies as st

from datakit.output.lettering import clean, drawable, shorten, width, wrap


@given(st.text(max_size=300), st.floats(0.3, 5), st.integers(1, 5))
def test_wrapped_lines_fit(text, room, lines):
    done = wrap(text, room, 9, lines=lines)
    assert 1 <= len(done) <= lines
    assert all(width(line, 9) <= room + 1e-6 for line in done)


@given(st.text(max_size=300), st.floats(0.3, 5))
def test_a_shortened_text_fits(text, room):
    assert width(shorten(text, room, 9), 9) <= room + 1e-6


@given(st.text(max_size=300))
def test_cleaned_text_is_one_visible_line(text):
    assert not set(clean(text)) & {"\n", "\r", "\x00", "\u202e", "\u2066", "\u200f"}
    assert clean(clean(text)) == clean(text)


def test_unknown_glyphs_are_replaced_in_drawings_only():
    assert clean("Cité 漢字") == "Cité 漢字" and drawable("Cité 漢字") == "Cité \ufffd\ufffd"


def test_what_no_font_draws_is_left_out():
    """Un PDF balisé refuse un accent orphelin, un joint d'émoticônes."""
    assert drawable("e\u0301") == "é" and drawable("a\u0301\u0300\u0302") == "á"
    assert drawable("👩\u200d👧") == "\ufffd\ufffd"
