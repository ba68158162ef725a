/** Addresses of pages: the address alone decides which page is shown. */

export type Route =
  | { readonly page: "start" | "account" }
  | { readonly page: "signin" | "signup"; readonly next: string }
  | { readonly page: "join"; readonly link: string }
  | { readonly page: "session"; readonly id: string };

/** @param address path and query */
export function routeOf(address: string): Route {
  const { pathname, searchParams } = new URL(address, location.origin);
  const [, place = "", rest = ""] = pathname.split("/");
  const name = decode(rest);
  if (place === "join" && name) return { page: "join", link: name };
  if (place === "s" && name) return { page: "session", id: name };
  if (place === "signin" || place === "signup") return { page: place, next: ours(searchParams.get("next")) };
  if (place === "account") return { page: "account" };
  return { page: "start" };
}

export function joinPath(link: string): string {
  return `/join/${encodeURIComponent(link)}`;
}

export function sessionPath(id: string): string {
  return `/s/${encodeURIComponent(id)}`;
}

/** The page to sign in or up; it then goes on to the address that was wanted. */
export function signPath(page: "signin" | "signup", next: string): string {
  return next === "/" ? `/${page}` : `/${page}?next=${encodeURIComponent(next)}`;
}

/** The address in a link, if it belongs to this page; otherwise the start. */
function ours(address: string | null): string {
  try {
    const url = new URL(address ?? "/", location.origin);
    return url.origin === location.origin ? url.pathname + url.search : "/";
  } catch {
    return "/";
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
