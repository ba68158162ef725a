/** How much of any text is read: by patterns, by encoders, and of documents. */

import { Text } from "@codemirror/state";

/** Run `action`, and return how many code units it read. */
export async function unitsRead(action: () => Promise<void>): Promise<number> {
  let units = 0;
  const { exec } = RegExp.prototype;
  const { encode } = TextEncoder.prototype;
  // To read a document is to read its leaves.
  const leaf = Object.getPrototypeOf(Text.empty) as Text;
  const { sliceString } = leaf;
  // `test` asks `exec` once that isn't the built-in one.
  RegExp.prototype.exec = function (text) {
    const from = this.global || this.sticky ? this.lastIndex : 0;
    const found = exec.call(this, text);
    const end = this.sticky ? from : text.length;
    units += (found ? found.index + found[0].length : end) - from;
    return found;
  };
  TextEncoder.prototype.encode = function (text = "") {
    units += text.length;
    return encode.call(this, text);
  };
  leaf.sliceString = function (...range) {
    const slice = sliceString.apply(this, range);
    units += slice.length;
    return slice;
  };
  try {
    await action();
  } finally {
    RegExp.prototype.exec = exec;
    TextEncoder.prototype.encode = encode;
    leaf.sliceString = sliceString;
  }
  return units;
}
