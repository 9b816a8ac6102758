// The file that kubectl and every client read. Members that we do not know are kept as they are.
// Source: client-go tools/clientcmd/api/v1/types.go.

interface Open {
  readonly [member: string]: unknown
}

export interface Cluster extends Open {
  readonly server?: string
  readonly 'certificate-authority'?: string
  /** Base64 of PEM. */
  readonly 'certificate-authority-data'?: string
  readonly 'insecure-skip-tls-verify'?: boolean
  readonly 'tls-server-name'?: string
}

export interface User extends Open {
  readonly 'client-certificate'?: string
  readonly 'client-certificate-data'?: string
  readonly 'client-key'?: string
  readonly 'client-key-data'?: string
  readonly token?: string
  readonly tokenFile?: string
}

export interface Context extends Open {
  readonly cluster: string
  readonly user: string
  readonly namespace?: string
}

export interface Kubeconfig extends Open {
  readonly apiVersion: 'v1'
  readonly kind: 'Config'
  readonly 'current-context'?: string
  readonly clusters: readonly { readonly name: string; readonly cluster: Cluster }[]
  readonly users: readonly { readonly name: string; readonly user: User }[]
  readonly contexts: readonly { readonly name: string; readonly context: Context }[]
}

/** One cluster, its user and the context of both, all of the same name. */
export interface KubeconfigEntry {
  readonly name: string
  readonly cluster: Cluster
  readonly user: User
  readonly namespace?: string
}
