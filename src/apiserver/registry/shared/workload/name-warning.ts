import { isDns1123Label } from '../../../../apimachinery/validation/names.ts'

/** Pods are named after their workload, and their hosts after them. */
export function nameWarnings({ metadata: { name } }: { readonly metadata: { readonly name: string } }): readonly string[] {
  const messages = isDns1123Label(name)
  if (messages.length === 0) return []
  return [
    `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${messages.join(' ')}]`,
  ]
}
