/** A user of an image or a container, as numbers. */
export interface ResolvedUser {
  uid: number;
  gid: number;
  additionalGids: number[];
  home: string;
}

/** Why a user cannot be resolved. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** (uid_t)-1 means "leave unchanged" to the kernel, so it is nobody's id (CVE-2024-40635 was one that wrapped). */
const MAXIMUM_ID = 4294967294;

/**
 * Resolves `USER[:GROUP]`, each a name or a number, against the texts of /etc/passwd and /etc/group, as docker does: a
 * number need not be listed; a name must be. Without GROUP the user's primary and supplementary groups apply.
 *
 * @param spec "" means root
 * @throws UserError for an unknown name, or a number that is not a plain decimal in range (CVE-2026-30892: "1" read as 0)
 */
export function resolveUser(spec: string, passwd: string, group: string): ResolvedUser {
  const [userPart = "", groupPart, ...more] = spec.split(":");
  if (more.length > 0 || (groupPart !== undefined && (userPart === "" || groupPart === ""))) {
    throw new UserError(`user "${spec}": expected USER or USER:GROUP`);
  }
  const wanted = userPart === "" ? "0" : userPart;
  const entry = findUser(wanted, passwd);
  const uid = entry?.uid ?? parseId(wanted);
  if (uid === undefined) throw new UserError(`user "${wanted}": no matching entries in /etc/passwd`);
  const home = entry?.home ?? "/";
  if (groupPart !== undefined) return { uid, gid: resolveGroup(groupPart, group), additionalGids: [], home };
  const gid = entry?.gid ?? 0;
  return { uid, gid, additionalGids: entry === undefined ? [] : supplementaryGroups(entry.name, gid, group), home };
}

interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/** An entry by name; a number is always a number, as in docker: an image must not make another user of it (CVE-2026-30892). */
function findUser(wanted: string, passwd: string): PasswdEntry | undefined {
  const entries = passwd.split("\n").flatMap(parsePasswdLine);
  return entries.find(({ name, uid }) => (isNumber(wanted) ? uid === parseId(wanted) : name === wanted));
}

function parsePasswdLine(line: string): PasswdEntry[] {
  const [name = "", , uidText = "", gidText = "", , home = ""] = line.split(":");
  const uid = parseId(uidText);
  const gid = parseId(gidText);
  if (name === "" || uid === undefined || gid === undefined) return [];
  return [{ name, uid, gid, home: home.startsWith("/") ? home : "/" }];
}

function resolveGroup(wanted: string, group: string): number {
  const gid = isNumber(wanted) ? parseId(wanted) : groupLines(group).find(({ name }) => name === wanted)?.gid;
  if (gid === undefined) throw new UserError(`group "${wanted}": no matching entries in /etc/group`);
  return gid;
}

function supplementaryGroups(name: string, primary: number, group: string): number[] {
  const gids = groupLines(group).flatMap((line) =>
    line.members.includes(name) && line.gid !== primary ? [line.gid] : [],
  );
  return [...new Set(gids)];
}

function groupLines(group: string): { name: string; gid: number; members: string[] }[] {
  return group.split("\n").flatMap((line) => {
    const [name = "", , gidText = "", members = ""] = line.split(":");
    const gid = parseId(gidText);
    return name === "" || gid === undefined ? [] : [{ name, gid, members: members.trim().split(",") }];
  });
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

/** A plain decimal in range, or undefined. */
function parseId(text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= MAXIMUM_ID ? id : undefined;
}
