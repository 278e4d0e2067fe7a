// Package kubeschema says what a Kubernetes 1.35 API server would refuse of an
// object, without a cluster: what its decoder and its validation see when the
// object is created. It is the judgement of the offline stand-in for a cluster.
//
// # Built-in kinds
//
// All kinds a client can create of core/v1, apps/v1, batch/v1, networking.k8s.io/v1,
// policy/v1, rbac.authorization.k8s.io/v1, autoscaling/v2, scheduling.k8s.io/v1,
// storage.k8s.io/v1, admissionregistration.k8s.io/v1, apiextensions.k8s.io/v1 and
// coordination.k8s.io/v1.
//
// Decoding is the API server's own: its strict decoder and its Go types. Unknown
// fields, values of another type, numbers with a fraction where whole ones belong,
// malformed quantities, times and base64 are refused.
//
// Metadata is checked with the API server's own code: the kind's rule for names,
// the presence of a namespace exactly if the kind has one, labels, annotations,
// owner references, finalizers.
//
// The checks beyond that live in k8s.io/kubernetes, which cannot be imported.
// They are written again here, by the 1.35 sources and their feature gates'
// defaults, for what people who write applications get wrong:
//
//   - Pods and pod templates: container names unique and DNS labels, images set,
//     pull and restart policies, ports and their names, host port conflicts,
//     environment variables and their sources, volumes with exactly one valid
//     source, mounts and devices of declared volumes, requests within limits,
//     resource names, the pod's own resources, probes and hooks with exactly one
//     valid handler, which init containers may have them, users, groups, seccomp,
//     AppArmor, node and pod affinity, spread constraints, tolerations, DNS, names
//     of referred objects, the deletion cost annotation.
//   - Deployment, ReplicaSet, ReplicationController, StatefulSet, DaemonSet: the
//     selector matches the template, restart policy Always, update strategies,
//     replicas and deadlines, claim templates.
//   - Job, CronJob: restart policy, completion modes, selectors, pod failure
//     policies, schedules and time zones.
//   - Service: ports, types and the fields they allow, cluster IPs, affinity.
//   - Ingress, IngressClass: backends, hosts, paths, TLS, parameters.
//   - NetworkPolicy: peers, ports and ranges, CIDRs and their exceptions.
//   - PodDisruptionBudget, HorizontalPodAutoscaler, PriorityClass.
//   - ConfigMap, Secret: keys, sizes, the data each type of Secret needs.
//   - PersistentVolumeClaim, StorageClass, ResourceQuota, LimitRange, Lease.
//   - Roles and their bindings.
//   - CustomResourceDefinition: its name, one stored version, structural schemas.
//
// Where the server would fill in a default, a missing value counts as that
// default. In two places this package is stricter than the server: a namespace on
// an object without one is refused where the server drops it, and a LimitRange
// needs a name, which the server would invent.
//
// # Custom resources
//
// Checked against their definition's schema with the API server's own code:
// metadata, unknown fields (by pruning), the OpenAPI schema, list types, embedded
// objects and the rules in x-kubernetes-validations. The schema's defaults are
// applied to a copy first, as a server would. The table in crds.go holds the
// definitions: NodePool from Karpenter; ExternalSecret, SecretStore, ScaledObject and
// TriggerAuthentication from the modules that tools/upstream pins, read at run time
// from where make puts them; and NodeClass and TargetGroupBinding of EKS Auto Mode,
// which are written from documentation and no more certain than that.
//
// # What is not checked
//
//   - Anything that needs other objects or the object's past: existence of what is
//     referred to, name conflicts, quotas, allocation of cluster IPs and node
//     ports, immutable fields, transition rules.
//   - Admission: Pod Security, webhooks, policies, LimitRange defaults, and access.
//   - The specs (beyond decoding) of Endpoints, Event, Node, PersistentVolume,
//     ControllerRevision, IPAddress, ServiceCIDR, the webhook and admission policy
//     configurations, and of storage.k8s.io except StorageClass.
//   - In pods: volume sources other than emptyDir, hostPath, secret, configMap,
//     persistentVolumeClaim, csi, ephemeral, downwardAPI and projected (only
//     that there is not more than one); Windows; sysctls, overhead and pod OS; stop
//     signals; file key references; divisors in downward references; multiples of
//     huge pages; the deprecated AppArmor and seccomp annotations; key duplicates
//     between matchLabelKeys and selectors.
//   - In Jobs: success policies and the limits on large indexed ones. In LimitRanges:
//     ratios against max and min. In CustomResourceDefinitions: defaults, rules and
//     their cost, conversion. That finalizers of built-in kinds have a domain.
//   - Status, which clients of these kinds do not write.
package kubeschema
