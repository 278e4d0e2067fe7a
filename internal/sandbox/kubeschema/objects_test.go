package kubeschema

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// The objects the tables start from: valid, and with enough in them to be changed.

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: coffee, labels: {app: api}}
spec:
  replicas: 2
  selector: {matchLabels: {app: api}}
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}}
  template:
    metadata: {labels: {app: api, tier: web}}
    spec:
      serviceAccountName: api
      terminationGracePeriodSeconds: 60
      securityContext: {runAsNonRoot: true, fsGroup: 1000, seccompProfile: {type: RuntimeDefault}}
      initContainers:
      - name: migrate
        image: registry.example.com/api@sha256:0f
      containers:
      - name: api
        image: registry.example.com/api@sha256:0f
        ports: [{name: http, containerPort: 8000}, {name: metrics, containerPort: 9191}]
        env:
        - {name: PORT, value: "8000"}
        - {name: DATABASE_URL, valueFrom: {secretKeyRef: {name: database, key: url}}}
        - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        envFrom: [{configMapRef: {name: api}}]
        resources:
          requests: {cpu: 500m, memory: 512Mi}
          limits: {cpu: 500m, memory: 512Mi}
        readinessProbe: {httpGet: {path: /healthz, port: http}, periodSeconds: 5}
        lifecycle: {preStop: {sleep: {seconds: 20}}}
        securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
        volumeMounts: [{name: tmp, mountPath: /tmp}]
      volumes:
      - {name: tmp, emptyDir: {sizeLimit: 1Gi}}
      - {name: config, configMap: {name: api, items: [{key: a, path: a}]}}
      tolerations: [{key: coffee.dev/render, operator: Equal, value: "true", effect: NoSchedule}]
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: api}}}
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/arch, operator: In, values: [amd64]}]}]
          preferredDuringSchedulingIgnoredDuringExecution:
          - {weight: 10, preference: {matchExpressions: [{key: pool, operator: Exists}]}}
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          - {topologyKey: topology.kubernetes.io/zone, labelSelector: {matchLabels: {app: none}}}
          preferredDuringSchedulingIgnoredDuringExecution:
          - {weight: 100, podAffinityTerm: {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: api}}}}
`

const pod = `
apiVersion: v1
kind: Pod
metadata: {name: shell, namespace: coffee}
spec:
  restartPolicy: Never
  containers: [{name: shell, image: busybox}]
`

const replicaSet = `
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: api, namespace: coffee}
spec:
  selector: {matchLabels: {app: api}}
  template: {metadata: {labels: {app: api}}, spec: {containers: [{name: api, image: api}]}}
`

const replicationController = `
apiVersion: v1
kind: ReplicationController
metadata: {name: api, namespace: coffee}
spec:
  selector: {app: api}
  template: {metadata: {labels: {app: api}}, spec: {containers: [{name: api, image: api}]}}
`

const podTemplate = `
apiVersion: v1
kind: PodTemplate
metadata: {name: api, namespace: coffee}
template: {metadata: {labels: {app: api}}, spec: {containers: [{name: api, image: api}]}}
`

const statefulSet = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: loki, namespace: logs}
spec:
  serviceName: loki
  selector: {matchLabels: {app: loki}}
  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 0}}
  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}
  template:
    metadata: {labels: {app: loki}}
    spec: {containers: [{name: loki, image: loki, volumeMounts: [{name: data, mountPath: /data}]}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}
`

const daemonSet = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: alloy, namespace: logs}
spec:
  selector: {matchLabels: {app: alloy}}
  updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 10%}}
  template: {metadata: {labels: {app: alloy}}, spec: {containers: [{name: alloy, image: alloy}]}}
`

const job = `
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, namespace: coffee}
spec:
  backoffLimit: 3
  ttlSecondsAfterFinished: 3600
  template: {spec: {restartPolicy: Never, containers: [{name: migrate, image: api}]}}
  podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {containerName: migrate, operator: In, values: [3, 42]}}]}
`

const indexedJob = `
apiVersion: batch/v1
kind: Job
metadata: {name: shards, namespace: coffee}
spec:
  completionMode: Indexed
  completions: 10
  backoffLimitPerIndex: 1
  template: {spec: {restartPolicy: Never, containers: [{name: shard, image: api}]}}
`

const cronJob = `
apiVersion: batch/v1
kind: CronJob
metadata: {name: cleanup, namespace: coffee}
spec:
  schedule: 30 3 * * *
  timeZone: Europe/Berlin
  concurrencyPolicy: Forbid
  jobTemplate: {spec: {template: {spec: {restartPolicy: OnFailure, containers: [{name: cleanup, image: api}]}}}}
`

const service = `
apiVersion: v1
kind: Service
metadata: {name: api, namespace: coffee}
spec:
  selector: {app: api}
  ports: [{name: http, port: 8000, targetPort: http}, {name: metrics, port: 9191}]
`

const loadBalancer = `
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: coffee}
spec:
  type: LoadBalancer
  loadBalancerClass: eks.amazonaws.com/nlb
  loadBalancerSourceRanges: [10.0.0.0/8]
  externalTrafficPolicy: Local
  ports: [{port: 443, nodePort: 30443}]
`

const ingress = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: edge, namespace: coffee}
spec:
  ingressClassName: alb
  tls: [{hosts: [app.example.com], secretName: tls}]
  rules:
  - host: app.example.com
    http: {paths: [{path: /api, pathType: Prefix, backend: {service: {name: api, port: {number: 8000}}}}]}
`

const ingressClass = `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: alb}
spec:
  controller: eks.amazonaws.com/alb
  parameters: {apiGroup: eks.amazonaws.com, kind: IngressClassParams, name: alb}
`

const networkPolicy = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: coffee}
spec:
  podSelector: {matchLabels: {app: api}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{podSelector: {}}], ports: [{protocol: TCP, port: 8000}]}]
  egress:
  - to: [{ipBlock: {cidr: 10.0.0.0/16, except: [10.0.1.0/24]}}]
    ports: [{port: 30000, endPort: 32000}]
`

const disruptionBudget = `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: api, namespace: coffee}
spec: {minAvailable: 50%, selector: {matchLabels: {app: api}}}
`

const autoscaler = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: api, namespace: coffee}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}
  minReplicas: 2
  maxReplicas: 10
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}
  behavior: {scaleDown: {stabilizationWindowSeconds: 300, policies: [{type: Pods, value: 1, periodSeconds: 120}]}}
`

const priorityClass = `
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: render}
value: -10
`

const configMap = `
apiVersion: v1
kind: ConfigMap
metadata: {name: api, namespace: coffee}
data: {LOG_LEVEL: info}
binaryData: {logo: aGVsbG8=}
`

const secret = `
apiVersion: v1
kind: Secret
metadata: {name: tls, namespace: coffee}
type: kubernetes.io/tls
data: {tls.crt: aGVsbG8=}
stringData: {tls.key: hello}
`

const claim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: coffee}
spec: {accessModes: [ReadWriteOnce], storageClassName: gp3, resources: {requests: {storage: 10Gi}}}
`

const storageClass = `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: gp3}
provisioner: ebs.csi.eks.amazonaws.com
volumeBindingMode: WaitForFirstConsumer
parameters: {type: gp3, encrypted: "true"}
`

const resourceQuota = `
apiVersion: v1
kind: ResourceQuota
metadata: {name: coffee, namespace: coffee}
spec: {hard: {requests.cpu: "20", limits.memory: 64Gi, pods: "50", count/jobs.batch: "10"}}
`

const limitRange = `
apiVersion: v1
kind: LimitRange
metadata: {name: coffee, namespace: coffee}
spec: {limits: [{type: Container, min: {memory: 16Mi}, defaultRequest: {memory: 128Mi}, default: {memory: 256Mi}, max: {memory: 8Gi}}]}
`

const role = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: "coffee:reader", namespace: coffee}
rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]
`

const clusterRole = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: health}
rules: [{nonResourceURLs: [/healthz], verbs: [get]}]
aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}]}
`

const roleBinding = `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: coffee}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: api}, {kind: Group, name: developers}]
`

const clusterRoleBinding = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: reader}
roleRef: {kind: ClusterRole, name: reader}
subjects: [{kind: ServiceAccount, name: api, namespace: coffee}]
`

const lease = `
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: leader, namespace: coffee}
spec: {leaseDurationSeconds: 15, leaseTransitions: 0}
`

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: beans.coffee.dev}
spec:
  group: coffee.dev
  scope: Namespaced
  names: {plural: beans, kind: Bean}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object}}}}}
`

const namespace = `
apiVersion: v1
kind: Namespace
metadata: {name: coffee, labels: {pod-security.kubernetes.io/enforce: restricted}}
`

const nodePool = `
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: render}
spec:
  weight: 10
  limits: {cpu: 200, memory: 400Gi}
  disruption:
    consolidationPolicy: WhenEmpty
    consolidateAfter: 60s
    budgets:
    - {nodes: "1", reasons: [Drifted]}
    - {nodes: "0", schedule: 0 9 * * 1-5, duration: 8h}
  template:
    metadata: {labels: {coffee.dev/pool: render}}
    spec:
      nodeClassRef: {group: eks.amazonaws.com, kind: NodeClass, name: render}
      expireAfter: 336h
      terminationGracePeriod: 2h
      taints: [{key: coffee.dev/render, value: "true", effect: NoSchedule}]
      requirements:
      - {key: eks.amazonaws.com/instance-family, operator: In, values: [c6a, m6a, m7i], minValues: 2}
      - {key: eks.amazonaws.com/instance-cpu, operator: Gt, values: ["8"]}
      - {key: karpenter.sh/capacity-type, operator: In, values: [on-demand]}
`

const nodeClass = `
apiVersion: eks.amazonaws.com/v1
kind: NodeClass
metadata: {name: render}
spec:
  role: coffee-node
  subnetSelectorTerms: [{id: subnet-0123456789abcdef0}, {tags: {Name: private}}]
  securityGroupSelectorTerms: [{id: sg-0123456789abcdef0}, {name: nodes}, {tags: {Name: nodes}}]
  podSubnetSelectorTerms: [{tags: {Name: pods}}]
  podSecurityGroupSelectorTerms: [{id: sg-1}]
  capacityReservationSelectorTerms: [{id: cr-1}, {tags: {Name: x}, owner: "012345678901"}]
  placementGroupSelector: {name: group}
  snatPolicy: Random
  networkPolicy: DefaultDeny
  networkPolicyEventLogs: Enabled
  ephemeralStorage: {size: 100Gi, iops: 3000, throughput: 125, kmsKeyID: "arn:aws:kms:eu-central-1:123456789012:key/1"}
  advancedNetworking:
    httpsProxy: http://192.0.2.4:3128
    noProxy: [localhost]
    ipv4PrefixSize: "32"
    enableV4Egress: true
    networkInterfaces:
    - {networkCardIndex: 0, deviceIndex: 0, interfaceType: interface, secondaryIPv4PrefixCount: 1}
    - {networkCardIndex: 0, deviceIndex: 1, interfaceType: efa-only}
  advancedSecurity: {fips: false, kernelLockdown: integrity}
  certificateBundles: [{name: corporate, data: aGVsbG8=}]
  tags: {team: platform}
`

const targetGroupBinding = `
apiVersion: eks.amazonaws.com/v1
kind: TargetGroupBinding
metadata: {name: api, namespace: coffee}
spec:
  serviceRef: {name: api, port: 8000}
  targetGroupARN: arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/edge-api-1234567/0123456789abcdef
  targetType: ip
  ipAddressType: ipv4
  vpcID: vpc-0123456789abcdef0
  multiClusterTargetGroup: false
  networking: {ingress: [{ports: [{protocol: TCP, port: 8000}, {port: http}]}]}
  nodeSelector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: Exists}]}
`

// parse reads YAML as gRPC would deliver it: every number a float64.
func parse(t testing.TB, text string) map[string]any {
	t.Helper()
	var object map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &object))
	return object
}

// removed stands for a field that is taken out.
const removed = "(removed)"

// with is the object a text describes, with the value at a path (fields and
// indexes, separated by dots; a slash where a field's name has a dot) replaced by
// another YAML value.
func with(t testing.TB, text, path, value string) map[string]any {
	t.Helper()
	object := parse(t, text)
	var replacement any
	if value != removed {
		require.NoError(t, yaml.Unmarshal([]byte(value), &replacement), value)
	}
	steps := strings.Split(path, ".")
	for i, step := range steps {
		steps[i] = strings.ReplaceAll(step, "/", ".")
	}
	var at any = object
	for i, step := range steps {
		last := i == len(steps)-1
		switch container := at.(type) {
		case map[string]any:
			switch {
			case last && value == removed:
				delete(container, step)
			case last:
				container[step] = replacement
			default:
				if container[step] == nil {
					container[step] = map[string]any{}
				}
				at = container[step]
			}
		case []any:
			index, err := strconv.Atoi(step)
			require.NoError(t, err, path)
			require.Less(t, index, len(container), path)
			if last {
				container[index] = replacement
			} else {
				at = container[index]
			}
		default:
			require.Failf(t, "no such path", "%s at %s", path, step)
		}
	}
	return object
}

const secretStore = `
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: aws, namespace: coffee}
spec:
  provider:
    aws: {service: SecretsManager, region: us-east-1}
`

const externalSecret = `
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: api, namespace: coffee}
spec:
  refreshPolicy: CreatedOnce
  secretStoreRef: {kind: SecretStore, name: aws}
  target: {creationPolicy: Owner, immutable: true}
  data:
  - secretKey: JWT_SECRET
    remoteRef: {key: "arn:aws:secretsmanager:us-east-1:111122223333:secret:jwt-AbCdEf", property: current, version: uuid/1}
`

const scaledObject = `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: render, namespace: coffee}
spec:
  scaleTargetRef: {name: render}
  minReplicaCount: 0
  maxReplicaCount: 8
  triggers:
  - type: redis
    metadata: {address: "redis.example:6379", listName: "dramatiq:render.msgs", listLength: "1", enableTLS: "true"}
    authenticationRef: {name: redis}
`

const triggerAuthentication = `
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata: {name: redis, namespace: coffee}
spec:
  secretTargetRef:
  - {parameter: password, name: redis, key: password}
`
