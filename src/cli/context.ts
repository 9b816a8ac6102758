import type { CertificateFacts } from '../util/certificate-facts.ts'
import type { Clock } from '../util/clock.ts'
import type { Io } from './io/io.ts'

export interface AccessRequest {
  /** The control plane's data directory, whose authority signs. */
  readonly serverDirectory: string
  /** Where the API server is served. */
  readonly address: string
  readonly port: number
  /** Pods reach it at the first address of this range. */
  readonly serviceCidr: string
  readonly nodes: readonly string[]
}

/** Kubeconfig files, as text. */
export interface Access {
  readonly admin: string
  /** By node name: what its kubelet signs in with. */
  readonly nodes: ReadonlyMap<string, string>
}

export interface Certificates {
  /** Those that the control plane of this data directory has made. */
  list(serverDirectory: string): Promise<readonly CertificateFacts[]>
  /** @param pem the first certificate in it */
  summarize(name: string, pem: string): CertificateFacts
  /** One step of giving both authorities of a cluster successors. @returns what was done. @throws {Error} when the step before was not taken */
  rotateAuthorities(serverDirectory: string, step: 'trust' | 'issue' | 'finish'): Promise<readonly string[]>
  /** The same for the key that signs tokens of service accounts. @throws {Error} when there is none */
  rotateTokenKey(serverDirectory: string, step: 'begin' | 'finish'): Promise<void>
  /** Makes them again, with new keys; a control plane that runs takes them over. @returns the names of what was renewed */
  renew(serverDirectory: string, chosen: (name: string) => boolean): Promise<readonly string[]>
}

/** What commands need from the program around them. */
export interface CliContext {
  readonly io: Io
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** Aborts when the person or the system wants the command to end. */
  readonly signal: AbortSignal
  /** The command line that starts this same program: `[node, main.ts]`. */
  readonly self: readonly [string, ...string[]]
  /** Makes credentials, and the cluster's authority if there is none yet. */
  issueAccess(request: AccessRequest): Promise<Access>
  readonly certificates: Certificates
  setExitCode(code: number): void
}
