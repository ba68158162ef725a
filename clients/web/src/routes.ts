/** Where one is: the address says which page is shown, and nothing else does. */

export type Route =
  | { readonly page: "start" }
  | { readonly page: "join"; readonly link: string }
  | { readonly page: "session"; readonly id: string };

export function routeOf(path: string): Route {
  const [, place = "", rest = ""] = path.split("/");
  const name = decode(rest);
  if (place === "join" && name) return { page: "join", link: name };
  if (place === "s" && name) return { page: "session", id: name };
  return { page: "start" };
}

export function joinPath(link: string): string {
  return `/join/${encodeURIComponent(link)}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
