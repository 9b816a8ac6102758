import type { Kubeconfig, KubeconfigEntry } from './types.ts'

export const emptyKubeconfig: Kubeconfig = { apiVersion: 'v1', kind: 'Config', clusters: [], users: [], contexts: [] }

/** Several files as one: what an earlier file says of a name wins, as in `KUBECONFIG=a:b`. */
export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  const current = configs.map((config) => config['current-context']).find(Boolean)
  const firstOf = <E extends { readonly name: string }>(entries: readonly E[]) =>
    [...new Map(entries.toReversed().map((e) => [e.name, e])).values()].toReversed()
  return {
    ...Object.assign({}, ...configs.toReversed()),
    ...emptyKubeconfig,
    ...(current ? { 'current-context': current } : {}),
    clusters: firstOf(configs.flatMap((config) => config.clusters)),
    users: firstOf(configs.flatMap((config) => config.users)),
    contexts: firstOf(configs.flatMap((config) => config.contexts)),
  }
}

/** Adds or updates the three entries of `entry.name`; unknown members of theirs and everything else stays. */
export function withEntry(config: Kubeconfig, { name, cluster, user, namespace }: KubeconfigEntry, options: { readonly makeCurrent: boolean }): Kubeconfig {
  const put = <E extends { readonly name: string }>(entries: readonly E[], entry: E) =>
    entries.some((e) => e.name === name) ? entries.map((e) => (e.name === name ? entry : e)) : [...entries, entry]
  const old = {
    cluster: config.clusters.find((e) => e.name === name)?.cluster,
    context: config.contexts.find((e) => e.name === name)?.context,
  }
  return {
    ...config,
    clusters: put(config.clusters, { name, cluster: { ...old.cluster, ...cluster } }),
    // Not merged: an old token beside a new certificate would still be sent.
    users: put(config.users, { name, user }),
    contexts: put(config.contexts, { name, context: { ...old.context, cluster: name, user: name, ...(namespace ? { namespace } : {}) } }),
    ...(options.makeCurrent ? { 'current-context': name } : {}),
  }
}

/** Removes the three entries of `name`, and `current-context` only when it is `name`. */
export function withoutEntry(config: Kubeconfig, name: string): Kubeconfig {
  const without = <E extends { readonly name: string }>(entries: readonly E[]) => entries.filter((e) => e.name !== name)
  const next = { ...config, clusters: without(config.clusters), users: without(config.users), contexts: without(config.contexts) }
  return config['current-context'] === name ? { ...next, 'current-context': '' } : next
}
