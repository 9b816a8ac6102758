// The types that Kubernetes' libraries bring. Source: k8s.io/apiserver pkg/cel/{quantity,url,ip,cidr,semver,format}.go.
import { objectType, opaqueType } from '../types/cel-type.ts'

export const quantityType = objectType('kubernetes.Quantity', [])
export const urlType = objectType('kubernetes.URL', [])
export const ipType = opaqueType('net.IP')
export const cidrType = opaqueType('net.CIDR')
export const semverType = objectType('kubernetes.Semver', [])
export const formatType = objectType('kubernetes.NamedFormat', [])

export const authorizerType = objectType('kubernetes.authorization.Authorizer', [])
export const pathCheckType = objectType('kubernetes.authorization.PathCheck', [])
export const groupCheckType = objectType('kubernetes.authorization.GroupCheck', [])
export const resourceCheckType = objectType('kubernetes.authorization.ResourceCheck', [])
export const decisionType = objectType('kubernetes.authorization.Decision', [])
