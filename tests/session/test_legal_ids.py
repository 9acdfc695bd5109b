"""A conversation with another provider can go on at the API: ids and names get its form."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from claude_cli.session.legal_ids import with_legal_ids


def call(call_id: str, name: str = "tide") -> dict[str, Any]:
    return {"name": name, "type": "tool_use", "id": call_id, "input": {}}


def result(call_id: str) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": call_id, "content": "1"}


def body_of(turns: list[list[str]]) -> dict[str, Any]:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "q"}]
    for ids in turns:
        messages.append({"role": "assistant", "content": [call(i) for i in ids]})
        messages.append({"role": "user", "content": [result(i) for i in ids]})
    return {"messages": messages}


@given(st.lists(st.lists(st.text(max_size=6), min_size=1, max_size=3, unique=True), max_size=4))
def test_each_call_has_a_legal_id_of_its_own_and_its_result_has_it_too(
    turns: list[list[str]],
) -> None:
    sent = with_legal_ids(body_of(turns))["messages"]
    ids = [[block["id"] for block in m["content"]] for m in sent[1::2]]
    results = [[block["tool_use_id"] for block in m["content"]] for m in sent[2::2]]
    assert ids == results
    flat = [one for turn in ids for one in turn]
    assert len(set(flat)) == len(flat)
    assert all(re.fullmatch("[a-zA-Z0-9_-]+", one) for one in flat)


def test_an_id_that_is_there_twice_gets_one_that_no_other_call_has() -> None:
    sent = with_legal_ids(body_of([["a", "a_2"], ["a"]]))["messages"]
    assert [block["id"] for m in sent[1::2] for block in m["content"]] == ["a", "a_2", "a_3"]


def test_legal_ids_stay_as_they_are() -> None:
    body = body_of([["toolu_1", "toolu_2"], ["toolu_3"]])
    assert with_legal_ids(body) == body


def test_ids_and_names_of_other_providers_are_mapped() -> None:
    body = {"messages": [{"role": "assistant", "content": [call("functions.x:0", "a.b")]}]}
    [block] = with_legal_ids(body)["messages"][0]["content"]
    assert block == {"name": "a_b", "type": "tool_use", "id": "functions_x_0", "input": {}}
    assert list(block) == ["name", "type", "id", "input"]
