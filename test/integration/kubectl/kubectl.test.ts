// The real kubectl against the API server and the controllers: every transcript comes out as it is written.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type KubectlCluster, startCluster } from './cluster.ts'
import { replay } from './transcript.ts'

const directory = join(import.meta.dirname, 'transcripts')
let cluster: KubectlCluster

beforeAll(async () => {
  // The last node is for the transcript about nodes: others' pods do not tolerate its taint.
  cluster = await startCluster([{ name: 'node-1' }, { name: 'node-2' }, { name: 'node-3', taints: [{ key: 'apart', value: 'yes', effect: 'NoSchedule' }] }])
})
afterAll(() => cluster[Symbol.asyncDispose]())

describe.concurrent('kubectl', () => {
  test.each(readdirSync(directory))('%s', { timeout: 180_000 }, async (file) => {
    const transcript = readFileSync(join(directory, file), 'utf8')
    const namespace = basename(file, '.txt')
    expect(await replay(transcript, { directory: cluster.directory, namespace })).toBe(transcript)
  })
})
