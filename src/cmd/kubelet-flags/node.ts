// The kubelet's flags about its node: how it is registered, and what is kept back from pods. Source: cmd/kubelet/app/options.
import { type Command, InvalidArgumentError } from 'commander'
import type { Taint } from '../../api/core/v1.ts'
import { parseQuantity } from '../../apimachinery/quantity/quantity.ts'
import { type KubeletOptions, kubeletDefaults } from '../../kubelet/options.ts'
import { keyValues, wholeNumber } from '../upstream-flags/values.ts'

export interface KubeletNodeFlags {
  readonly nodeLabels: Readonly<Record<string, string>>
  readonly registerWithTaints: readonly Taint[]
  readonly providerId: string
  readonly resolvConf: string
  readonly cgroupRoot: string
  readonly kubeReserved: Readonly<Record<string, string>>
  readonly systemReserved: Readonly<Record<string, string>>
  readonly imageGcHighThreshold: number
  readonly imageGcLowThreshold: number
}

export function addKubeletNodeFlags(command: Command): Command {
  const { highPercent, lowPercent } = kubeletDefaults.imageGc
  return command
    .option('--node-labels <labels>', 'labels of the node, key=value,...', keyValues, {})
    .option('--register-with-taints <taints>', 'taints of the node when it is made, key=value:effect,...', taints, [])
    .option('--provider-id <id>', 'by which a cloud knows the machine', kubeletDefaults.providerId)
    .option('--resolv-conf <file>', "the node's resolver file, from which pods get theirs; empty: none", kubeletDefaults.resolvConf)
    .option('--cgroup-root <group>', 'below which the groups of pods are', kubeletDefaults.cgroups.root)
    .option('--kube-reserved <amounts>', 'kept back from pods for Kubernetes: cpu=200m,memory=500Mi', amounts, {})
    .option('--system-reserved <amounts>', 'kept back from pods for the system', amounts, {})
    .option('--image-gc-high-threshold <percent>', 'disk usage from which on unused images go', wholeNumber, highPercent)
    .option('--image-gc-low-threshold <percent>', 'disk usage down to which they go', wholeNumber, lowPercent)
}

type NodeOptions = Pick<KubeletOptions, 'nodeLabels' | 'taints' | 'providerId' | 'resolvConf' | 'cgroups' | 'reserved' | 'imageGc'>

/** @throws {Error} for thresholds that contradict each other */
export function kubeletNodeOptions(flags: KubeletNodeFlags): NodeOptions {
  const { imageGcHighThreshold: highPercent, imageGcLowThreshold: lowPercent } = flags
  if (highPercent > 100) throw new Error('invalid configuration: imageGCHighThresholdPercent (--image-gc-high-threshold) must be between 0 and 100, inclusive')
  if (lowPercent >= highPercent) {
    throw new Error(
      'invalid configuration: imageGCLowThresholdPercent (--image-gc-low-threshold) must be less than imageGCHighThresholdPercent (--image-gc-high-threshold)',
    )
  }
  return {
    nodeLabels: flags.nodeLabels,
    taints: flags.registerWithTaints,
    providerId: flags.providerId,
    resolvConf: flags.resolvConf,
    cgroups: { ...kubeletDefaults.cgroups, root: flags.cgroupRoot || '/' },
    reserved: sum(flags.kubeReserved, flags.systemReserved),
    imageGc: { highPercent, lowPercent },
  }
}

function sum(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  return Object.fromEntries(
    names.map((name) => [
      name,
      parseQuantity(a[name] ?? '0')
        .add(parseQuantity(b[name] ?? '0'))
        .toString(),
    ]),
  )
}

/** What may be kept back. */
const resources: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage', 'pid'])

function amounts(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const all = keyValues(text, before)
  for (const [name, amount] of Object.entries(all)) {
    if (!resources.has(name)) throw new InvalidArgumentError(`cannot reserve "${name}" resource.`)
    try {
      parseQuantity(amount)
    } catch {
      throw new InvalidArgumentError(`failed to parse quantity "${amount}" for "${name}" resource.`)
    }
  }
  return all
}

const effects: ReadonlySet<string> = new Set(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])

function taints(text: string, before: readonly Taint[]): readonly Taint[] {
  const found = text.split(',').filter((part) => part.trim() !== '')
  return [
    ...before,
    ...found.map((part): Taint => {
      const [, key, value, effect] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(part.trim()) ?? []
      if (!key || !effect || !effects.has(effect)) throw new InvalidArgumentError(`invalid taint spec: ${part}`)
      return { key, ...(value ? { value } : {}), effect } as Taint
    }),
  ]
}
