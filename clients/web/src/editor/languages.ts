/** The languages of sessions: their names, and how the editor handles them. */

import type { Extension } from "@codemirror/state";

interface Language {
  readonly id: string;
  readonly name: string;
  /** One level of indentation, in spaces. */
  readonly indent: number;
  readonly load: () => Promise<Extension>;
}

const javascript = async (typescript: boolean): Promise<Extension> =>
  (await import("@codemirror/lang-javascript")).javascript({ typescript });

export const LANGUAGES: readonly Language[] = [
  { id: "python", name: "Python", indent: 4, load: async () => (await import("@codemirror/lang-python")).python() },
  { id: "javascript", name: "JavaScript", indent: 2, load: () => javascript(false) },
  { id: "typescript", name: "TypeScript", indent: 2, load: () => javascript(true) },
  { id: "java", name: "Java", indent: 4, load: async () => (await import("@codemirror/lang-java")).java() },
  { id: "cpp", name: "C++", indent: 2, load: async () => (await import("@codemirror/lang-cpp")).cpp() },
];

export function languageOf(id: string): Language | null {
  return LANGUAGES.find((language) => language.id === id) ?? null;
}

/** The name of a language; for an unknown one, its id. */
export function languageName(id: string): string {
  return languageOf(id)?.name ?? id;
}
