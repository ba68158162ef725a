"""The assistant's runs in every store: one at a time, how they end, and what they cost."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import structs

from ot_server.errors import AlreadyWriting, TokensSpent
from ot_server.store.contract import Store
from ot_server.store.contract.assistant import KEPT_ASSISTANT_RUNS
from ot_server.store.rows import AssistantRun
from tests.server.props.rows import new_session

MUCH = 10**6


def a_run(id_: str = "r", **more: object) -> AssistantRun:
    """Return a run of the session "s"."""
    run = AssistantRun(
        id=id_,
        session_id="s",
        kind="generate",
        participant_id="s-owner",
        instruction="Go on",
        model="m",
        locks=True,
        epoch=1,
        first=3,
        started_at=7.5,
        input_tokens=10,
        output_tokens=20,
    )
    return structs.replace(run, **more)


@pytest.fixture
async def store(empty_store: Store) -> Store:
    """A store with the sessions "s" and "t"."""
    await empty_store.create_session(new_session())
    await empty_store.create_session(new_session("t"))
    return empty_store


async def begin(
    store: Store, run: AssistantRun, seconds: float = 30, spender: str = "ada", one: int = MUCH
) -> None:
    await store.begin_assistant_run(run, seconds, spender, one, MUCH)


async def test_a_run_comes_back_as_it_was_and_as_it_ended(store: Store) -> None:
    await begin(store, a_run())
    assert await store.assistant_run("s", "r") == a_run(is_live=True)
    assert await store.assistant_run("t", "r") is None
    assert await store.end_assistant_run(
        "r", "done", now=9.5, last=5, tokens=(1, 2), findings=b"[]"
    )
    ended = a_run(
        last=5, ended_at=9.5, outcome="done", input_tokens=1, output_tokens=2, findings=b"[]"
    )
    assert await store.assistant_run("s", "r") == ended
    assert await store.assistant_runs("s") == [structs.replace(ended, findings=None)]


async def test_one_run_writes_in_a_session_until_it_is_over(store: Store) -> None:
    await begin(store, a_run())
    with pytest.raises(AlreadyWriting):
        await begin(store, a_run("other"))
    await begin(store, a_run("reads", kind="debug"))
    await begin(store, a_run("elsewhere", session_id="t"))
    await store.end_assistant_run("r", "done", now=9.5)
    await begin(store, a_run("other"))


async def test_of_many_that_begin_at_once_one_does(store: Store) -> None:
    begun = await asyncio.gather(
        *(begin(store, a_run(str(number))) for number in range(8)), return_exceptions=True
    )
    assert [type(error) for error in begun if error] == [AlreadyWriting] * 7


async def test_one_that_nobody_renews_is_over(store: Store) -> None:
    await begin(store, a_run(), seconds=-1)
    assert await store.assistant_run("s", "r") == a_run(is_live=False)
    assert not await store.renew_assistant_run("r", 30)
    await begin(store, a_run("other"))


async def test_who_ends_a_run_elsewhere_is_heard_by_the_one_that_is_at_work(store: Store) -> None:
    await begin(store, a_run())
    assert await store.renew_assistant_run("r", 30)
    assert await store.end_assistant_run("r", "cancelled", now=8.5, is_over=False)
    assert not await store.renew_assistant_run("r", 30)
    with pytest.raises(AlreadyWriting):
        await begin(store, a_run("other"))
    assert not await store.end_assistant_run("r", "done", now=9.5, last=5, tokens=(1, 2))
    run = await store.assistant_run("s", "r")
    assert run is not None
    assert (run.outcome, run.ended_at, run.last, run.is_live) == ("cancelled", 8.5, 5, False)


async def test_what_one_may_spend_includes_what_his_runs_may_cost_yet(store: Store) -> None:
    await begin(store, a_run("1", kind="debug"), one=70)
    await begin(store, a_run("2", kind="debug"), one=70)
    with pytest.raises(TokensSpent) as spent:
        await begin(store, a_run("3", kind="debug"), one=70)
    assert spent.value.whose == "caller"
    await begin(store, a_run("3", kind="debug"), spender="ben", one=70)
    await store.end_assistant_run("1", "done", now=9.5, tokens=(3, 4))
    await begin(store, a_run("4", kind="debug"), one=70)
    with pytest.raises(TokensSpent) as spent:
        await store.begin_assistant_run(a_run("5", kind="debug"), 30, "cleo", MUCH, 100)
    assert spent.value.whose == "server"
    await begin(store, a_run("free", kind="debug", input_tokens=0, output_tokens=0), one=0)


async def test_what_was_spent_stays_spent_when_the_session_goes(store: Store) -> None:
    await begin(store, a_run(), one=50)
    await store.delete_session("s")
    assert await store.assistant_run("s", "r") is None
    with pytest.raises(TokensSpent):
        await begin(store, a_run("other", session_id="t"), one=50)


async def test_the_last_runs_of_a_session_are_kept(store: Store) -> None:
    for number in range(KEPT_ASSISTANT_RUNS + 3):
        run = a_run(str(number), kind="debug", started_at=float(number))
        await begin(store, run)
    runs = await store.assistant_runs("s")
    assert [run.id for run in runs] == [
        str(number) for number in range(KEPT_ASSISTANT_RUNS + 2, 2, -1)
    ]
    assert await store.assistant_run("s", "2") is None
