// Most of the suite's tests of nodes are of one form: a container runs to its end, and has written what it should have. Those that need
// nothing of the pod itself share pods, which are what takes time.
import { test } from 'vitest'
import type { Body } from '../../integration/conformance/api.ts'
import { type Namespace, type PodSpec, statusOf } from './suite.ts'

export interface Output {
  /** The testname of upstream's list. */
  readonly name: string
  readonly spec: PodSpec
  /** The whole log of the first container, line by line; $(name) stands for what only the cluster knows. */
  readonly log: readonly string[]
}

/** What a log may name: the pod's own fields, and its node's. */
export type Facts = (pod: Body) => Promise<Readonly<Record<string, string>>>

const containersPerPodMax = 12

interface Placed extends Output {
  readonly pod: string
  readonly container: string
}

interface SharedPod {
  readonly name: string
  readonly spec: PodSpec
  readonly rows: readonly Placed[]
}

/** Rows with the same settings of the pod, in as few pods as hold them. */
function share(rows: readonly Output[]): readonly SharedPod[] {
  const groups: Output[][] = []
  const settings = ({ spec }: Output) => JSON.stringify({ ...spec, volumes: null, containers: null })
  for (const row of rows) {
    const alone = row.spec.containers!.length > 1
    const group = alone
      ? undefined
      : groups.find((g) => g.length < containersPerPodMax && g[0]!.spec.containers!.length === 1 && settings(g[0]!) === settings(row))
    if (group) group.push(row)
    else groups.push([row])
  }
  return groups.map((group, index) => {
    const name = `outputs-${index}`
    const own = group.map((row, at) => {
      const text = JSON.stringify({ volumes: row.spec['volumes'] ?? [], containers: row.spec.containers })
      // Each row has volumes of its own, and means its own container.
      const renamed = text.replaceAll(/"name":"(v\d*|[a-z])"/g, `"name":"$1-${at}"`).replaceAll('"containerName":"c0"', `"containerName":"c${at}"`)
      return JSON.parse(renamed) as { volumes: object[]; containers: object[] }
    })
    const spec = { ...group[0]!.spec, volumes: own.flatMap(({ volumes }) => volumes), containers: own.flatMap(({ containers }) => containers) }
    return { name, spec, rows: group.map((row, at) => ({ ...row, pod: name, container: `c${at}` })) }
  })
}

/** @returns what starts all pods at once; each row becomes a test that waits for its own */
export function testOutputs(rows: readonly Output[], place: () => Namespace, facts: Facts): () => Promise<void> {
  const pods = share(rows)
  const known = new Map<string, ReturnType<Facts>>()
  for (const { name, log, pod, container } of pods.flatMap((shared) => shared.rows)) {
    test.concurrent(name, async ({ expect }) => {
      const ended = await place().until(pod, (p) => (statusOf(p).containerStatuses ?? []).some((c) => c.name === container && c.state.terminated !== undefined))
      known.set(pod, known.get(pod) ?? facts(ended))
      const values = await known.get(pod)!
      const expected = log.map((line) => line.replaceAll(/\$\((\w+)\)/g, (_, key: string) => values[key] ?? `unknown ${key}`))
      expect((await place().log(pod, `container=${container}`)).trimEnd().split('\n')).toEqual(expected)
    })
  }
  return async () => {
    await Promise.all(pods.map(({ name, spec }) => place().pod(name, { restartPolicy: 'Never', ...spec })))
  }
}
