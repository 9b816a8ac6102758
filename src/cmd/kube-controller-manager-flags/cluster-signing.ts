// --cluster-signing-*: who signs the certificates of approved requests. Source: cmd/kube-controller-manager/app/options/csrsigningcontroller.go.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { durationMs } from '../../apimachinery/duration/duration.ts'
import type { SigningOptions } from '../../controllers/csrsigning/index.ts'
import { CertificateAuthority } from '../../pki/certificate-authority.ts'
import { systemClock } from '../../util/clock.ts'

/** Flag part -> signer. */
const signers = {
  'kubelet-serving': 'kubernetes.io/kubelet-serving',
  'kubelet-client': 'kubernetes.io/kube-apiserver-client-kubelet',
  'kube-apiserver-client': 'kubernetes.io/kube-apiserver-client',
  'legacy-unknown': 'kubernetes.io/legacy-unknown',
} as const

type Flags = Readonly<Record<string, unknown>>

export function addClusterSigningFlags(command: Command): Command {
  command
    .option('--cluster-signing-cert-file <file>', 'authority that signs requests to all signers kubernetes.io/* (PEM)')
    .option('--cluster-signing-key-file <file>', 'its key (PEM)')
    .option('--cluster-signing-duration <duration>', 'how long certificates live at most, and unless asked for less', '8760h0m0s')
  for (const [part, signer] of Object.entries(signers)) {
    command.option(`--cluster-signing-${part}-cert-file <file>`, `authority for ${signer} alone`).option(`--cluster-signing-${part}-key-file <file>`, 'its key')
  }
  return command
}

/**
 * @returns undefined when no authority is given
 * @throws {Error} for halves of pairs, files that cannot be read, and one authority for all beside others for some
 */
export function signingOptions(flags: Flags): SigningOptions | undefined {
  const all = pairOf(flags, '')
  const own = Object.entries(signers).flatMap(([part, signer]) => {
    const pair = pairOf(flags, `${part}-`)
    return pair ? [[signer, pair] as const] : []
  })
  if (all && own.length > 0) throw new Error('cannot specify --cluster-signing-{cert,key}-file and other --cluster-signing-*-file flags at the same time')
  const pairs = all ? Object.values(signers).map((signer) => [signer, all] as const) : own
  if (pairs.length === 0) return undefined
  const validityMsMax = durationMs(String(flags['clusterSigningDuration']))
  return { authorities: Object.fromEntries(pairs.map(([signer, pair]) => [signer, authorityOf(pair)])), validityMsMax }
}

interface Files {
  readonly certFile: string
  readonly keyFile: string
}

function pairOf(flags: Flags, part: string): Files | undefined {
  const read = (half: string) => flags[`cluster-signing-${part}${half}-file`.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())]
  const [certFile, keyFile] = [read('cert'), read('key')]
  if (!certFile && !keyFile) return undefined
  if (!certFile || !keyFile) throw new Error(`--cluster-signing-${part}cert-file and --cluster-signing-${part}key-file must be given together`)
  return { certFile: certFile as string, keyFile: keyFile as string }
}

/** Reads the files again for each certificate: a rotated authority needs no restart. They must be readable at the start, too. */
function authorityOf({ certFile, keyFile }: Files): () => CertificateAuthority {
  const load = () => new CertificateAuthority({ certificate: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }, systemClock)
  load()
  return load
}
