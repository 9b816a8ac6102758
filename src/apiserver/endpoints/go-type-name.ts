/** Go's name of a kind's internal type, as some messages print it: `*core.ConfigMap`. */
export function goTypeName({ group, kind }: { readonly group: string; readonly kind: string }): string {
  return `*${group === '' ? 'core' : group.split('.')[0]!}.${kind}`
}
