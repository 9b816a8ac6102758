import type { UserInfo } from './user.ts'

export const allAuthenticated = 'system:authenticated'
export const allUnauthenticated = 'system:unauthenticated'
export const mastersGroup = 'system:masters'
export const nodesGroup = 'system:nodes'
export const anonymousName = 'system:anonymous'

const noExtra: ReadonlyMap<string, readonly string[]> = new Map()

export const anonymous: UserInfo = { name: anonymousName, groups: [allUnauthenticated], extra: noExtra }

export function user(name: string, groups: readonly string[], more: { uid?: string; extra?: ReadonlyMap<string, readonly string[]> } = {}): UserInfo {
  return { name, groups, extra: more.extra ?? noExtra, ...(more.uid ? { uid: more.uid } : {}) }
}

const serviceAccountPrefix = 'system:serviceaccount:'

export const serviceAccountName = (namespace: string, name: string) => `${serviceAccountPrefix}${namespace}:${name}`
export const serviceAccountGroups = (namespace: string): readonly string[] => ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]

/** `system:serviceaccount:ns:name` -> its parts; undefined for any other user. */
export function splitServiceAccountName(userName: string): { namespace: string; name: string } | undefined {
  if (!userName.startsWith(serviceAccountPrefix)) return undefined
  const parts = userName.slice(serviceAccountPrefix.length).split(':')
  if (parts.length !== 2 || !isLabel(parts[0]!) || !isSubdomain(parts[1]!)) return undefined
  return { namespace: parts[0]!, name: parts[1]! }
}

/** `system:node:n1` -> `n1`; undefined for any other user. */
export function nodeNameOf(userName: string): string | undefined {
  const name = userName.startsWith('system:node:') ? userName.slice('system:node:'.length) : ''
  return isSubdomain(name) ? name : undefined
}

const isLabel = (text: string) => text.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text)
const isSubdomain = (text: string) => text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text)

/** The same user with one more group, unless already in it. */
export function withGroup(user: UserInfo, group: string): UserInfo {
  return user.groups.includes(group) ? user : { ...user, groups: [...user.groups, group] }
}
