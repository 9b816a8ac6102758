// What the node and its pods use: /stats/summary and /metrics/resource. Source: Kubernetes 1.36 pkg/kubelet/server/stats, metrics/collectors.

import { readFile } from 'node:fs/promises'
import type { RuntimeClient } from '../../cri/client.ts'
import type { ContainerStats } from '../../cri/generated/types.ts'
import { type Clock, formatTime } from '../../util/clock.ts'
import type { MachineInfo } from '../machine/machine-info.ts'
import { readUsage } from '../machine/pressure.ts'
import { containerNameLabel, podNameLabel, podNamespaceLabel, podUidLabel } from '../runtime/labels.ts'

export interface StatsInput {
  readonly runtime: Pick<RuntimeClient, 'listContainerStats'>
  readonly clock: Clock
  readonly machine: MachineInfo
  readonly nodeName: string
  readonly rootDirectory: string
}

interface NodeUsage {
  readonly cpuSeconds: number
  readonly workingSetBytes: number
}

/** Ticks of /proc/stat per second: fixed at 100 on all Linux architectures that Node.js runs on. */
const ticksPerSecond = 100

async function nodeUsage({ machine, rootDirectory }: StatsInput): Promise<NodeUsage & { available: number; disk: Awaited<ReturnType<typeof readUsage>> }> {
  const [stat, disk] = await Promise.all([readFile('/proc/stat', 'utf8'), readUsage(rootDirectory)])
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = stat.split('\n')[0]!.trim().split(/\s+/).slice(1).map(Number)
  const available = disk.memoryAvailableBytes
  return { cpuSeconds: (user + nice + system + irq + softirq) / ticksPerSecond, workingSetBytes: machine.memoryBytes - available, available, disk }
}

export async function statsSummary(input: StatsInput): Promise<object> {
  const { runtime, clock, nodeName, machine } = input
  const [{ stats = [] }, node] = await Promise.all([runtime.listContainerStats({}), nodeUsage(input)])
  const time = formatTime(clock.now())
  const cpu = { time, usageCoreNanoSeconds: Math.round(node.cpuSeconds * 1e9) }
  const memory = { time, availableBytes: node.available, workingSetBytes: node.workingSetBytes, usageBytes: machine.memoryBytes - node.available }
  const fs = {
    time,
    availableBytes: node.disk.diskAvailableBytes,
    capacityBytes: node.disk.diskCapacityBytes,
    usedBytes: node.disk.diskCapacityBytes - node.disk.diskAvailableBytes,
  }
  return { node: { nodeName, startTime: time, cpu, memory, fs }, pods: podsOf(stats, time) }
}

function podsOf(stats: readonly ContainerStats[], time: string): object[] {
  const pods = Map.groupBy(stats, (s) => s.attributes?.labels?.[podUidLabel] ?? '')
  pods.delete('')
  return [...pods].map(([uid, containers]) => {
    const labels = containers[0]!.attributes!.labels!
    const sum = (pick: (s: ContainerStats) => number | undefined) => containers.reduce((total, s) => total + (pick(s) ?? 0), 0)
    return {
      podRef: { name: labels[podNameLabel], namespace: labels[podNamespaceLabel], uid },
      startTime: time,
      containers: containers.map((s) => ({ name: s.attributes?.labels?.[containerNameLabel], startTime: time, ...containerUsage(s, time) })),
      cpu: { time, usageNanoCores: sum((s) => s.cpu?.usageNanoCores?.value), usageCoreNanoSeconds: sum((s) => s.cpu?.usageCoreNanoSeconds?.value) },
      memory: { time, workingSetBytes: sum((s) => s.memory?.workingSetBytes?.value), usageBytes: sum((s) => s.memory?.usageBytes?.value) },
    }
  })
}

function containerUsage({ cpu, memory, writableLayer }: ContainerStats, time: string): object {
  return {
    cpu: { time, usageNanoCores: cpu?.usageNanoCores?.value ?? 0, usageCoreNanoSeconds: cpu?.usageCoreNanoSeconds?.value ?? 0 },
    memory: { time, workingSetBytes: memory?.workingSetBytes?.value ?? 0, usageBytes: memory?.usageBytes?.value ?? 0, rssBytes: memory?.rssBytes?.value ?? 0 },
    rootfs: { time, usedBytes: writableLayer?.usedBytes?.value ?? 0, inodesUsed: writableLayer?.inodesUsed?.value ?? 0 },
  }
}

/** What metrics-server scrapes. */
export async function resourceMetrics(input: StatsInput): Promise<string> {
  const [{ stats = [] }, node] = await Promise.all([input.runtime.listContainerStats({}), nodeUsage(input)])
  const out = new Map<string, string[]>()
  const add = (metric: string, labels: Record<string, string>, value: number, nanoseconds?: number) => {
    if (!out.has(metric)) out.set(metric, [])
    const text = Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    const time = nanoseconds ? ` ${Math.floor(nanoseconds / 1e6)}` : ''
    out.get(metric)!.push(`${metric}${text.length > 0 ? `{${text.join(',')}}` : ''} ${value}${time}`)
  }
  add('node_cpu_usage_seconds_total', {}, node.cpuSeconds)
  add('node_memory_working_set_bytes', {}, node.workingSetBytes)
  const pods = new Map<string, { labels: Record<string, string>; cpu: number; memory: number }>()
  for (const { attributes, cpu, memory } of stats) {
    const labels = attributes?.labels ?? {}
    const pod = { namespace: labels[podNamespaceLabel] ?? '', pod: labels[podNameLabel] ?? '' }
    if (!pod.pod) continue
    const container = { container: labels[containerNameLabel] ?? '', ...pod }
    const seconds = (cpu?.usageCoreNanoSeconds?.value ?? 0) / 1e9
    const bytes = memory?.workingSetBytes?.value ?? 0
    add('container_cpu_usage_seconds_total', container, seconds, cpu?.timestamp)
    add('container_memory_working_set_bytes', container, bytes, memory?.timestamp)
    const key = `${pod.namespace}/${pod.pod}`
    const known = pods.get(key) ?? { labels: pod, cpu: 0, memory: 0 }
    pods.set(key, { labels: pod, cpu: known.cpu + seconds, memory: known.memory + bytes })
  }
  for (const { labels, cpu, memory } of pods.values()) {
    add('pod_cpu_usage_seconds_total', labels, cpu)
    add('pod_memory_working_set_bytes', labels, memory)
  }
  add('resource_scrape_error', {}, 0)
  return [...out].map(([metric, samples]) => `# TYPE ${metric} ${metric.endsWith('_total') ? 'counter' : 'gauge'}\n${samples.join('\n')}\n`).join('')
}
