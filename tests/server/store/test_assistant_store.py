"""The assistant's tasks in every store: one at a time, how they end, and what they cost."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import structs

from ot_server.errors import AlreadyWriting, TokensSpent
from ot_server.store.contract import Store
from ot_server.store.contract.assistant import KEPT_ASSISTANT_TASKS
from ot_server.store.rows import AssistantTask
from tests.server.props.rows import new_session

MUCH = 10**6


def a_task(id_: str = "r", **more: object) -> AssistantTask:
    """Return a task of the session "s"."""
    task = AssistantTask(
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
    return structs.replace(task, **more)


@pytest.fixture
async def store(empty_store: Store) -> Store:
    """A store with the sessions "s" and "t"."""
    await empty_store.create_session(new_session())
    await empty_store.create_session(new_session("t"))
    return empty_store


async def begin(
    store: Store, task: AssistantTask, seconds: float = 30, spender: str = "ada", one: int = MUCH
) -> None:
    await store.begin_assistant_task(task, seconds, spender, one, MUCH)


async def test_a_task_comes_back_as_it_was_and_as_it_ended(store: Store) -> None:
    await begin(store, a_task())
    assert await store.assistant_task("s", "r") == a_task(is_live=True)
    assert await store.assistant_task("t", "r") is None
    assert await store.end_assistant_task(
        "r", "done", now=9.5, last=5, tokens=(1, 2), proposals=b"[]"
    )
    ended = a_task(
        last=5, ended_at=9.5, outcome="done", input_tokens=1, output_tokens=2, proposals=b"[]"
    )
    assert await store.assistant_task("s", "r") == ended
    assert await store.assistant_tasks("s") == [structs.replace(ended, proposals=None)]


async def test_one_task_writes_in_a_session_until_it_is_over(store: Store) -> None:
    await begin(store, a_task())
    with pytest.raises(AlreadyWriting):
        await begin(store, a_task("other"))
    await begin(store, a_task("reads", kind="debug"))
    await begin(store, a_task("elsewhere", session_id="t"))
    await store.end_assistant_task("r", "done", now=9.5)
    await begin(store, a_task("other"))


async def test_of_many_that_begin_at_once_one_does(store: Store) -> None:
    begun = await asyncio.gather(
        *(begin(store, a_task(str(number))) for number in range(8)), return_exceptions=True
    )
    assert [type(error) for error in begun if error] == [AlreadyWriting] * 7


async def test_one_that_nobody_renews_is_over(store: Store) -> None:
    await begin(store, a_task(), seconds=-1)
    assert await store.assistant_task("s", "r") == a_task(is_live=False)
    assert not await store.renew_assistant_task("r", 30)
    await begin(store, a_task("other"))


async def test_a_task_that_another_node_ends_is_ended_by_the_one_at_work(store: Store) -> None:
    await begin(store, a_task())
    assert await store.renew_assistant_task("r", 30)
    assert await store.end_assistant_task("r", "cancelled", now=8.5, is_over=False)
    assert not await store.renew_assistant_task("r", 30)
    with pytest.raises(AlreadyWriting):
        await begin(store, a_task("other"))
    assert not await store.end_assistant_task("r", "done", now=9.5, last=5, tokens=(1, 2))
    task = await store.assistant_task("s", "r")
    assert task is not None
    assert (task.outcome, task.ended_at, task.last, task.is_live) == ("cancelled", 8.5, 5, False)


async def test_what_one_may_spend_includes_what_tasks_may_cost_yet(store: Store) -> None:
    await begin(store, a_task("1", kind="debug"), one=70)
    await begin(store, a_task("2", kind="debug"), one=70)
    with pytest.raises(TokensSpent) as spent:
        await begin(store, a_task("3", kind="debug"), one=70)
    assert spent.value.whose == "caller"
    await begin(store, a_task("3", kind="debug"), spender="ben", one=70)
    await store.end_assistant_task("1", "done", now=9.5, tokens=(3, 4))
    await begin(store, a_task("4", kind="debug"), one=70)
    with pytest.raises(TokensSpent) as spent:
        await store.begin_assistant_task(a_task("5", kind="debug"), 30, "cleo", MUCH, 100)
    assert spent.value.whose == "server"
    await begin(store, a_task("free", kind="debug", input_tokens=0, output_tokens=0), one=0)


async def test_what_was_spent_stays_spent_when_the_session_goes(store: Store) -> None:
    await begin(store, a_task(), one=50)
    await store.delete_session("s")
    assert await store.assistant_task("s", "r") is None
    with pytest.raises(TokensSpent):
        await begin(store, a_task("other", session_id="t"), one=50)


async def test_the_last_tasks_of_a_session_are_kept(store: Store) -> None:
    for number in range(KEPT_ASSISTANT_TASKS + 3):
        task = a_task(str(number), kind="debug", started_at=float(number))
        await begin(store, task)
    tasks = await store.assistant_tasks("s")
    assert [task.id for task in tasks] == [
        str(number) for number in range(KEPT_ASSISTANT_TASKS + 2, 2, -1)
    ]
    assert await store.assistant_task("s", "2") is None
