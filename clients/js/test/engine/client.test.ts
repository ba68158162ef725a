import { describe, expect, test } from "vitest";
import { stateOf } from "../../src/engine/state.js";
import { Acknowledgement, Client, LengthMismatch, Operation, UnexpectedAcknowledgement } from "../../src/index.js";

const op = (...components: (number | string)[]): Operation => new Operation(components);
const ack = new Acknowledgement();

describe("a client", () => {
  test("sends the first edit, keeps the second, composes the third into it", () => {
    const client = new Client("hi", 7);
    expect(client.edit(op(2, "!"))).toEqual(op(2, "!"));
    expect(client.edit(op(3, "?"))).toBeNull();
    expect(client.edit(op(4, "?"))).toBeNull();
    expect(client.state).toEqual({ name: "AwaitingWithBuffer", outstanding: op(2, "!"), buffer: op(3, "??") });
    expect(client.unsaved).toEqual(op(2, "!??"));
    expect([client.text, client.length]).toEqual(["hi", 5]);
  });

  test("moves what others commit past its own", () => {
    const client = new Client("hi", 7);
    client.edit(op(2, "!"));
    client.edit(op(3, "?"));
    expect(client.receive([op("oh ", 2)], 8).operations).toEqual([op("oh ", 4)]);
    expect(client.text).toBe("oh hi");
    expect(client.outstanding).toEqual(op(5, "!"));
    expect(client.buffer).toEqual(op(6, "?"));
  });

  test("sends what an acknowledgement promotes after the last change of the frame", () => {
    const client = new Client("hi", 7);
    client.edit(op(2, "!"));
    client.edit(op(3, "?"));
    const { operations, send } = client.receive([ack, op("oh ", 3)], 9);
    expect(operations).toEqual([op("oh ", 4)]);
    expect(send).toEqual(op(6, "?"));
    expect(client.state.name).toBe("AwaitingConfirm");
    expect(client.receive([ack], 10).send).toBeNull();
    expect(client.state.name).toBe("Synchronized");
    expect(client.text).toBe("oh hi!?");
  });

  const refused = (): Client => {
    const client = new Client("hi", 7);
    client.edit(op(1, -1));
    client.edit(op(1, "ey"));
    client.receive([op(2, "!")], 8);
    return client;
  };

  test("takes back what was refused, without what followed", () => {
    const client = refused();
    expect(client.reject().apply("hey!")).toBe("heyi!");
    expect(client.state).toEqual({ name: "AwaitingConfirm", outstanding: op(1, "ey", 2) });
    expect(client.reject().apply("heyi!")).toBe("hi!");
    expect(client.reject().isNoop).toBe(true);
  });

  test("gives up all that is not confirmed", () => {
    const client = refused();
    expect(client.giveUp().apply("hey!")).toBe("hi!");
    expect(client.state.name).toBe("Synchronized");
    expect(client.giveUp().isNoop).toBe(true);
  });

  test("sends what is outstanding in two parts", () => {
    const client = new Client("hi", 7);
    client.edit(op("a", 2, "b"));
    client.edit(op(4, "!"));
    client.divide(op("a", 2), op(3, "b"));
    expect(client.state).toEqual({ name: "AwaitingWithBuffer", outstanding: op("a", 2), buffer: op(3, "b!") });
    expect(() => client.divide(op("a", 2), op(3, "b"))).toThrow(LengthMismatch);
    expect(() => client.divide(op("a", 2), op(2, "b"))).toThrow(LengthMismatch);
  });

  test("goes on where another left off", () => {
    const client = Client.resume("hi", 7, stateOf(op(2, "!"), op(3, "?")));
    expect(client.state.name).toBe("AwaitingWithBuffer");
    expect(() => Client.resume("hi", 7, stateOf(op(3), null))).toThrow(LengthMismatch);
  });

  test("has the confirmed text at hand after any number of changes", () => {
    const client = new Client("-".repeat(1_000));
    let text = client.text;
    for (let revision = 1; revision <= 500; revision++) {
      const at = (revision * 617) % text.length;
      const operation = Operation.replace(text.length, at, at + 1, `${revision}`);
      client.receive([operation], revision);
      text = operation.apply(text);
    }
    expect(client.text).toBe(text);
  });

  test("is not changed by a frame that can't be right", () => {
    const client = Client.resume("hi", 7, stateOf(op(2, "!"), null));
    const before = [client.state, client.text, client.revision];
    expect(() => client.receive([op(2, "a"), op(2)], 9)).toThrow(LengthMismatch);
    expect(() => client.receive([ack, ack], 9)).toThrow(UnexpectedAcknowledgement);
    expect([client.state, client.text, client.revision]).toEqual(before);
  });

  test("refuses an edit made for another text", () => {
    const client = new Client("hi", 7);
    expect(() => client.edit(op(3))).toThrow(LengthMismatch);
    expect(client.state.name).toBe("Synchronized");
  });
});
