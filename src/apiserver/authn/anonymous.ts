// Requests without credentials: system:anonymous, at all paths, at some, or nowhere.
// Source: k8s.io/apiserver pkg/authentication/request/anonymous/anonymous.go.

export interface AnonymousAccess {
  readonly enabled: boolean
  /** Exact paths; left out: everywhere. */
  readonly paths?: ReadonlySet<string>
}

/** What load balancers and orchestrators ask without credentials (CIS 1.2.1). */
export const healthPaths: ReadonlySet<string> = new Set(['/livez', '/readyz', '/healthz'])

export const allowsAnonymous = ({ enabled, paths }: AnonymousAccess, path: string): boolean => enabled && (paths === undefined || paths.has(path))
