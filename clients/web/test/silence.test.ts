import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MOST_SECONDS, Silence } from "../src/run/silence.js";

const SECOND = 1000;
const tooLong = vi.fn();

beforeEach(() => {
  tooLong.mockClear();
  vi.useFakeTimers();
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test("what is silent for 15 seconds is given up, once", () => {
  new Silence(tooLong);
  vi.advanceTimersByTime(15 * SECOND - 1);
  expect(tooLong).not.toHaveBeenCalled();
  vi.advanceTimersByTime(60 * SECOND);
  expect(tooLong).toHaveBeenCalledOnce();
});

test("what lets itself be heard has all the time again", () => {
  const silence = new Silence(tooLong);
  for (let signs = 0; signs < 10; signs++) {
    vi.advanceTimersByTime((MOST_SECONDS - 1) * SECOND);
    silence.heard();
  }
  expect(tooLong).not.toHaveBeenCalled();
  vi.advanceTimersByTime(MOST_SECONDS * SECOND);
  expect(tooLong).toHaveBeenCalledOnce();
});

test("what has ended may be silent", () => {
  new Silence(tooLong).end();
  vi.advanceTimersByTime(60 * SECOND);
  expect(tooLong).not.toHaveBeenCalled();
});

test("a night in which the computer sleeps is no silence", () => {
  const silence = new Silence(tooLong);
  vi.advanceTimersByTime(10 * SECOND);
  vi.setSystemTime(Date.now() + 8 * 3600 * SECOND); // no timer has come meanwhile
  vi.advanceTimersByTime(4 * SECOND);
  expect(tooLong).not.toHaveBeenCalled();
  silence.end();
});
