import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Ranges } from './addresses.ts'
import { type ClusterLayout, layoutVersion } from './layout.ts'

export interface NodeRecord {
  readonly name: string
  /** From 1; decides the address. Never used twice at a time. */
  readonly number: number
}

/** What a cluster is made of: enough to start it again. */
export interface ClusterRecord {
  readonly layoutVersion: number
  readonly name: string
  readonly ranges: Ranges
  /** Where the API server listens. */
  readonly address: string
  readonly port: number
  readonly nodes: readonly NodeRecord[]
  readonly createdAt: string
  /** The kubeconfig and context that `up` wrote for the user. */
  readonly kubeconfig?: string
  readonly context: string
}

/** A cluster's directory that this program cannot use. */
export class ClusterRecordError extends Error {
  override readonly name = 'ClusterRecordError'
  readonly remedy: string
  constructor(message: string, remedy: string, cause?: unknown) {
    super(message, { cause })
    this.remedy = remedy
  }
}

/**
 * @returns undefined when there is no such cluster
 * @throws {ClusterRecordError} when there is one that cannot be read
 */
export function readClusterRecord(layout: ClusterLayout): ClusterRecord | undefined {
  let text: string
  try {
    text = readFileSync(layout.record, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'EACCES')
      throw new ClusterRecordError(`cluster ${layout.name} belongs to another user`, 'run it as the user that made it (often: with sudo)', cause)
    throw cause
  }
  let record: ClusterRecord
  try {
    record = JSON.parse(text) as ClusterRecord
  } catch (cause) {
    throw new ClusterRecordError(`${layout.record} is damaged`, `remove the cluster with: cox down ${layout.name}`, cause)
  }
  if (record.layoutVersion > layoutVersion)
    throw new ClusterRecordError(`cluster ${layout.name} was made by a newer Coxswain`, 'use that version, or a newer one')
  return record
}

export function writeClusterRecord(layout: ClusterLayout, record: ClusterRecord): void {
  writeFileSync(`${layout.record}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600, flush: true })
  renameSync(`${layout.record}.new`, layout.record)
}
