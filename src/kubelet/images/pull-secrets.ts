import type { Pod, Secret } from '../../api/core/v1.ts'
import type { AuthConfig } from '../../cri/generated/types.ts'

type Auths = Readonly<Record<string, { readonly auth?: string; readonly username?: string; readonly password?: string; readonly identitytoken?: string }>>

/** Docker Hub has two names. */
const hub = 'docker.io'
const hubAliases = ['docker.io', 'index.docker.io', 'registry-1.docker.io']

/** What the pod's imagePullSecrets say about the registry of `image`, in their order. Secrets of other shapes say nothing. */
export async function pullCredentials(pod: Pod, image: string, secret: (name: string) => Promise<Secret | undefined>): Promise<readonly AuthConfig[]> {
  const found: AuthConfig[] = []
  for (const { name } of pod.spec.imagePullSecrets ?? []) {
    const object = name ? await secret(name) : undefined
    if (object) found.push(...matching(authsOf(object), image))
  }
  return found
}

function authsOf({ data }: Secret): Auths {
  const config = data?.['.dockerconfigjson']
  const legacy = data?.['.dockercfg']
  const json = config ?? legacy
  if (!json) return {}
  try {
    const parsed = JSON.parse(Buffer.from(json, 'base64').toString()) as Auths & { auths?: Auths }
    return config ? (parsed.auths ?? {}) : parsed
  } catch {
    return {} // not JSON: admission accepts any bytes, and the pull then goes without
  }
}

function matching(auths: Auths, image: string): AuthConfig[] {
  const registry = registryOf(image)
  return Object.entries(auths).flatMap(([server, { auth, username, password, identitytoken }]) => {
    const host = server.replace(/^https?:\/\//, '').split('/')[0]!
    if (host !== registry && !(registry === hub && hubAliases.includes(host))) return []
    const [user = '', ...rest] = auth ? Buffer.from(auth, 'base64').toString().split(':') : []
    return [
      { username: username ?? user, password: password ?? rest.join(':'), serverAddress: server, ...(identitytoken ? { identityToken: identitytoken } : {}) },
    ]
  })
}

function registryOf(image: string): string {
  const first = image.split('/')[0]!
  return image.includes('/') && (/[.:]/.test(first) || first === 'localhost') ? first : hub
}
