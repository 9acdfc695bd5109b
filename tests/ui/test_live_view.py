"""The live view draws what one rendering of the whole draws, once."""

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claude_cli.ui.markdown import render_markdown
from tests.ui.live_screen import SIZES, cut, show_live, show_whole
from tests.ui.markdown_documents import DOCUMENTS

THOROUGH = os.environ.get("CLAUDE_CLI_THOROUGH") == "1"


@settings(
    max_examples=10_000 if THOROUGH else 250,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    document=DOCUMENTS,
    sizes=st.lists(st.integers(1, 60), max_size=60),
    seconds=st.sampled_from([0.01, 0.03, 0.1]),
    size=st.sampled_from(SIZES),
)
def test_any_document_in_any_deltas_ends_as_one_rendering_of_the_whole(
    document: str, sizes: list[int], seconds: float, size: tuple[int, int]
) -> None:
    live = show_live(cut(document, sizes), size, seconds)
    whole = show_whole(render_markdown(document, size[0], True), size)
    assert live.text() == whole.text()
    assert live.rows() == whole.rows()
