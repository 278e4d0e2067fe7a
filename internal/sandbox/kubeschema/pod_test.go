package kubeschema

import "testing"

const (
	inPod       = "spec.template.spec"
	inContainer = inPod + ".containers.0"
	atContainer = inPod + ".containers[0]"
)

func TestContainers(t *testing.T) {
	run(t, map[string]check{
		"at least one":             {deployment, inPod + ".containers", "[{name: a, image: a}]", "[]", []string{inPod + ".containers: Required"}},
		"name required":            {deployment, inContainer + ".name", "a", removed, []string{atContainer + ".name: Required"}},
		"name is a label":          {deployment, inContainer + ".name", "a-1", "a.1", []string{atContainer + ".name: must not contain dots"}},
		"names are unique":         {deployment, inPod + ".initContainers.0.name", "init", "api", []string{inPod + ".initContainers[0].name: Duplicate"}},
		"image required":           {deployment, inContainer + ".image", "a", removed, []string{atContainer + ".image: Required"}},
		"image of a pod":           {pod, "spec.containers.0.image", "busybox", `"busybox "`, []string{"spec.containers[0].image: whitespace"}},
		"pull policy":              {deployment, inContainer + ".imagePullPolicy", "Always", "Sometimes", []string{atContainer + ".imagePullPolicy: Unsupported"}},
		"termination message":      {deployment, inContainer + ".terminationMessagePolicy", "File", "Stdout", []string{atContainer + ".terminationMessagePolicy: Unsupported"}},
		"port range":               {deployment, inContainer + ".ports.0.containerPort", "65535", "65536", []string{atContainer + ".ports[0].containerPort: between 1 and 65535"}},
		"port required":            {deployment, inContainer + ".ports.0.containerPort", "1", removed, []string{atContainer + ".ports[0].containerPort: Required"}},
		"port name":                {deployment, inContainer + ".ports.1.name", "a-metric", "metrics_port", []string{atContainer + ".ports[1].name: must contain only alpha-numeric"}},
		"port names unique":        {deployment, inContainer + ".ports.1.name", "metrics", "http", []string{atContainer + ".ports[1].name: Duplicate"}},
		"port protocol":            {deployment, inContainer + ".ports.0.protocol", "UDP", "HTTP", []string{atContainer + ".ports[0].protocol: Unsupported"}},
		"host port range":          {deployment, inContainer + ".ports.0.hostPort", "80", "-1", []string{atContainer + ".ports[0].hostPort: between 1 and 65535"}},
		"host ports unique":        {deployment, inContainer + ".ports", "[{containerPort: 1, hostPort: 1, protocol: UDP}, {containerPort: 2, hostPort: 1}]", "[{containerPort: 1, hostPort: 1, protocol: TCP}, {containerPort: 2, hostPort: 1}]", []string{atContainer + ".ports[1].hostPort: Duplicate"}},
		"host network":             {pod, "spec", "{hostNetwork: true, containers: [{name: a, image: a, ports: [{containerPort: 1, hostPort: 1}]}]}", "{hostNetwork: true, containers: [{name: a, image: a, ports: [{containerPort: 1, hostPort: 2}]}]}", []string{"spec.containers[0].ports[0].hostPort: must match `containerPort`"}},
		"variable name":            {deployment, inContainer + ".env.0.name", "a.b-c", "A=B", []string{atContainer + ".env[0].name: must consist only of printable ASCII characters other than '='"}},
		"variable name required":   {deployment, inContainer + ".env.0.name", "A", removed, []string{atContainer + ".env[0].name: Required"}},
		"variable sources":         {deployment, inContainer + ".env.0", "{name: A, valueFrom: {configMapKeyRef: {name: a, key: b}}}", "{name: A, valueFrom: {}}", []string{atContainer + ".env[0].valueFrom: must specify one of"}},
		"one variable source":      {deployment, inContainer + ".env.0", "{name: A, valueFrom: {fileKeyRef: {volumeName: tmp, path: a, key: b}}}", "{name: A, valueFrom: {configMapKeyRef: {name: a, key: b}, secretKeyRef: {name: a, key: b}}}", []string{atContainer + ".env[0].valueFrom: may not have more than one"}},
		"value or source":          {deployment, inContainer + ".env.0", "{name: A, valueFrom: {secretKeyRef: {name: a, key: b}}}", "{name: A, value: b, valueFrom: {secretKeyRef: {name: a, key: b}}}", []string{atContainer + ".env[0].valueFrom: may not be specified when `value`"}},
		"key of a secret":          {deployment, inContainer + ".env.1.valueFrom.secretKeyRef.key", "a.b", "a/b", []string{atContainer + ".env[1].valueFrom.secretKeyRef.key: a valid config key"}},
		"name of a secret":         {deployment, inContainer + ".env.1.valueFrom.secretKeyRef.name", "a.b", "a_b", []string{atContainer + ".env[1].valueFrom.secretKeyRef.name: RFC 1123"}},
		"field of the pod":         {deployment, inContainer + ".env.2.valueFrom.fieldRef.fieldPath", "status.podIP", "spec.hostname", []string{atContainer + ".env[2].valueFrom.fieldRef.fieldPath: Unsupported"}},
		"field required":           {deployment, inContainer + ".env.2.valueFrom.fieldRef.fieldPath", "metadata.uid", removed, []string{atContainer + ".env[2].valueFrom.fieldRef.fieldPath: Required"}},
		"label of the pod":         {deployment, inContainer + ".env.2.valueFrom.fieldRef.fieldPath", "metadata.labels['app']", "metadata.names['app']", []string{atContainer + ".env[2].valueFrom.fieldRef: does not support subscript"}},
		"annotation of the pod":    {deployment, inContainer + ".env.2.valueFrom.fieldRef.fieldPath", "metadata.annotations['A/B']", "metadata.annotations['/']", []string{atContainer + ".env[2].valueFrom.fieldRef: name part must be non-empty", atContainer + ".env[2].valueFrom.fieldRef: name part must consist", atContainer + ".env[2].valueFrom.fieldRef: prefix part must be non-empty"}},
		"resource of the pod":      {deployment, inContainer + ".env.0", "{name: A, valueFrom: {resourceFieldRef: {resource: limits.hugepages-2Mi}}}", "{name: A, valueFrom: {resourceFieldRef: {resource: cpu}}}", []string{atContainer + ".env[0].valueFrom.resourceFieldRef.resource: Unsupported"}},
		"all variables of":         {deployment, inContainer + ".envFrom.0", "{secretRef: {name: a}, prefix: A_}", "{prefix: A_}", []string{atContainer + ".envFrom[0]: must specify one of"}},
		"all variables of both":    {deployment, inContainer + ".envFrom.0", "{secretRef: {name: a}}", "{secretRef: {name: a}, configMapRef: {name: a}}", []string{atContainer + ".envFrom[0]: may not have more than one"}},
		"all variables of a name":  {deployment, inContainer + ".envFrom.0", "{secretRef: {name: a}}", "{secretRef: {name: A}}", []string{atContainer + ".envFrom[0].secretRef.name: RFC 1123"}},
		"all variables of nobody":  {deployment, inContainer + ".envFrom.0", "{configMapRef: {name: a}}", "{configMapRef: {}}", []string{atContainer + ".envFrom[0].configMapRef.name: Required"}},
		"prefix":                   {deployment, inContainer + ".envFrom.0.prefix", "A_", "A=", []string{atContainer + ".envFrom[0].prefix: printable ASCII"}},
		"mount of a volume":        {deployment, inContainer + ".volumeMounts.0.name", "config", "cache", []string{atContainer + ".volumeMounts[0].name: Not found"}},
		"mount needs a name":       {deployment, inContainer + ".volumeMounts.0.name", "config", removed, []string{atContainer + ".volumeMounts[0].name: Required"}},
		"mount path":               {deployment, inContainer + ".volumeMounts.0.mountPath", "/a", removed, []string{atContainer + ".volumeMounts[0].mountPath: Required"}},
		"mount paths unique":       {deployment, inContainer + ".volumeMounts", "[{name: tmp, mountPath: /a}, {name: tmp, mountPath: /b}]", "[{name: tmp, mountPath: /a}, {name: config, mountPath: /a}]", []string{atContainer + ".volumeMounts[1].mountPath: must be unique"}},
		"mount subpath":            {deployment, inContainer + ".volumeMounts.0.subPath", "a/b", "a/../b", []string{atContainer + ".volumeMounts[0].subPath: must not contain '..'"}},
		"mount subpath relative":   {deployment, inContainer + ".volumeMounts.0.subPathExpr", "$(POD)", "/a", []string{atContainer + ".volumeMounts[0].subPathExpr: must be a relative path"}},
		"mount one subpath":        {deployment, inContainer + ".volumeMounts.0", "{name: tmp, mountPath: /a, subPath: b}", "{name: tmp, mountPath: /a, subPath: b, subPathExpr: b}", []string{atContainer + ".volumeMounts[0].subPathExpr: mutually exclusive"}},
		"mount propagation":        {deployment, inContainer + ".volumeMounts.0.mountPropagation", "HostToContainer", "Both", []string{atContainer + ".volumeMounts[0].mountPropagation: Unsupported"}},
		"bidirectional":            {deployment, inContainer + ".volumeMounts.0.mountPropagation", "None", "Bidirectional", []string{atContainer + ".volumeMounts[0].mountPropagation: only to privileged"}},
		"own restart policy":       {deployment, inContainer + ".restartPolicy", "OnFailure", "Maybe", []string{atContainer + ".restartPolicy: Unsupported"}},
		"restart rules":            {pod, "spec.containers.0", "{name: a, image: a, restartPolicy: Never, restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [42]}}]}", "{name: a, image: a, restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [42]}}]}", []string{"spec.containers[0].restartPolicy: must specify restartPolicy"}},
		"resource claim":           {pod, "spec", "{resourceClaims: [{name: gpu, resourceClaimName: x}], containers: [{name: a, image: a, resources: {claims: [{name: gpu}]}}]}", "{containers: [{name: a, image: a, resources: {claims: [{name: gpu}]}}]}", []string{"spec.containers[0].resources.claims[0]: Not found"}},
		"restart rule":             {pod, "spec.containers.0", "{name: a, image: a, restartPolicy: Never, restartPolicyRules: [{action: Restart, exitCodes: {operator: NotIn, values: [42]}}]}", "{name: a, image: a, restartPolicy: Never, restartPolicyRules: [{action: Stop, exitCodes: {operator: Is}}, {action: Restart}]}", []string{"spec.containers[0].restartPolicyRules[0].action: Unsupported", "spec.containers[0].restartPolicyRules[0].exitCodes.operator: Unsupported", "spec.containers[0].restartPolicyRules[1].exitCodes: must be specified"}},
		"resource claims":          {pod, "spec.resourceClaims", "[{name: a, resourceClaimName: b}, {name: b, resourceClaimTemplateName: b}]", "[{name: A, resourceClaimName: b}, {name: b, resourceClaimName: B}, {name: b, resourceClaimTemplateName: b}, {name: c}]", []string{"spec.resourceClaims[0].name: RFC 1123", "spec.resourceClaims[1].resourceClaimName: RFC 1123", "spec.resourceClaims[2].name: Duplicate", "spec.resourceClaims[3]: must specify one of"}},
		"ephemeral containers":     {pod, "spec.ephemeralContainers", "[]", "[{name: debug, image: a}]", []string{"spec.ephemeralContainers: cannot be set on create"}},
		"block device":             {pod, "spec", "{volumes: [{name: d, persistentVolumeClaim: {claimName: d}}], containers: [{name: a, image: a, volumeDevices: [{name: d, devicePath: /dev/d}]}]}", "{volumes: [{name: d, emptyDir: {}}], containers: [{name: a, image: a, volumeDevices: [{name: d, devicePath: /dev/d}]}]}", []string{"spec.containers[0].volumeDevices[0].name: can only use volume source type of PersistentVolumeClaim"}},
		"block device declared":    {pod, "spec", "{volumes: [{name: d, persistentVolumeClaim: {claimName: d}}], containers: [{name: a, image: a, volumeDevices: [{name: d, devicePath: /dev/d}]}]}", "{containers: [{name: a, image: a, volumeDevices: [{name: d}]}]}", []string{"spec.containers[0].volumeDevices[0].devicePath: Required", "spec.containers[0].volumeDevices[0].name: Not found"}},
		"block device mounted too": {pod, "spec", "{volumes: [{name: d, persistentVolumeClaim: {claimName: d}}], containers: [{name: a, image: a, volumeDevices: [{name: d, devicePath: /dev/d}]}]}", "{volumes: [{name: d, persistentVolumeClaim: {claimName: d}}], containers: [{name: a, image: a, volumeMounts: [{name: d, mountPath: /d}], volumeDevices: [{name: d, devicePath: /d}]}]}", []string{"spec.containers[0].volumeDevices[0].devicePath: must be unique", "spec.containers[0].volumeDevices[0].name: must not already exist in volumeMounts"}},
	})
}

func TestProbesAndHooks(t *testing.T) {
	probe := inContainer + ".readinessProbe"
	atProbe := atContainer + ".readinessProbe"
	run(t, map[string]check{
		"one handler":            {deployment, probe, "{exec: {command: [a]}}", "{periodSeconds: 5}", []string{atProbe + ": must specify a handler type"}},
		"not two handlers":       {deployment, probe, "{tcpSocket: {port: 1}}", "{exec: {command: [a]}, httpGet: {port: 1}, tcpSocket: {port: 1}, grpc: {port: 1}}", []string{atProbe + ".grpc: more than 1 handler", atProbe + ".httpGet: more than 1 handler", atProbe + ".tcpSocket: more than 1 handler"}},
		"command":                {deployment, probe, "{exec: {command: [a]}}", "{exec: {}}", []string{atProbe + ".exec.command: Required"}},
		"HTTP port":              {deployment, probe, "{httpGet: {port: 80}}", "{httpGet: {path: /}}", []string{atProbe + ".httpGet.port: between 1 and 65535"}},
		"HTTP port name":         {deployment, probe, "{httpGet: {port: http}}", "{httpGet: {port: a_b}}", []string{atProbe + ".httpGet.port: must contain only alpha-numeric"}},
		"HTTP scheme":            {deployment, probe, "{httpGet: {port: 1, scheme: HTTPS}}", "{httpGet: {port: 1, scheme: https}}", []string{atProbe + ".httpGet.scheme: Unsupported"}},
		"HTTP header":            {deployment, probe, "{httpGet: {port: 1, httpHeaders: [{name: Host, value: a}]}}", "{httpGet: {port: 1, httpHeaders: [{name: a b, value: a}]}}", []string{atProbe + ".httpGet.httpHeaders: a valid HTTP header"}},
		"TCP port":               {deployment, probe, "{tcpSocket: {port: 80}}", "{tcpSocket: {}}", []string{atProbe + ".tcpSocket.port: between 1 and 65535"}},
		"gRPC port":              {deployment, probe, "{grpc: {port: 80}}", "{grpc: {port: 0}}", []string{atProbe + ".grpc.port: between 1 and 65535"}},
		"initial delay":          {deployment, probe + ".initialDelaySeconds", "0", "-1", []string{atProbe + ".initialDelaySeconds: greater than or equal to 0"}},
		"timeout":                {deployment, probe + ".timeoutSeconds", "1", "-1", []string{atProbe + ".timeoutSeconds: greater than or equal to 0"}},
		"period":                 {deployment, probe + ".periodSeconds", "1", "-1", []string{atProbe + ".periodSeconds: greater than or equal to 0"}},
		"failures":               {deployment, probe + ".failureThreshold", "1", "-1", []string{atProbe + ".failureThreshold: greater than or equal to 0"}},
		"successes":              {deployment, probe + ".successThreshold", "2", "-1", []string{atProbe + ".successThreshold: greater than or equal to 0"}},
		"successes of liveness":  {deployment, inContainer + ".livenessProbe", "{tcpSocket: {port: 1}, successThreshold: 1}", "{tcpSocket: {port: 1}, successThreshold: 2}", []string{atContainer + ".livenessProbe.successThreshold: must be 1"}},
		"successes of startup":   {deployment, inContainer + ".startupProbe", "{tcpSocket: {port: 1}}", "{tcpSocket: {port: 1}, successThreshold: 2}", []string{atContainer + ".startupProbe.successThreshold: must be 1"}},
		"grace of readiness":     {deployment, probe + ".terminationGracePeriodSeconds", removed, "5", []string{atProbe + ".terminationGracePeriodSeconds: must not be set for readinessProbes"}},
		"grace of liveness":      {deployment, inContainer + ".livenessProbe", "{tcpSocket: {port: 1}, terminationGracePeriodSeconds: 1}", "{tcpSocket: {port: 1}, terminationGracePeriodSeconds: 0}", []string{atContainer + ".livenessProbe.terminationGracePeriodSeconds: must be greater than 0"}},
		"sleep within grace":     {deployment, inContainer + ".lifecycle.preStop.sleep.seconds", "60", "61", []string{atContainer + ".lifecycle.preStop.sleep: less than terminationGracePeriodSeconds (60)"}},
		"sleep, default grace":   {pod, "spec.containers.0.lifecycle", "{preStop: {sleep: {seconds: 30}}}", "{preStop: {sleep: {seconds: 31}}}", []string{"spec.containers[0].lifecycle.preStop.sleep: less than terminationGracePeriodSeconds (30)"}},
		"hook":                   {deployment, inContainer + ".lifecycle.postStart", "{exec: {command: [a]}}", "{}", []string{atContainer + ".lifecycle.postStart: must specify a handler type"}},
		"hook with two handlers": {deployment, inContainer + ".lifecycle.preStop", "{exec: {command: [a]}}", "{exec: {command: [a]}, sleep: {seconds: 1}}", []string{atContainer + ".lifecycle.preStop.sleep: more than 1 handler"}},
		"probe of an init":       {deployment, inPod + ".initContainers.0", "{name: a, image: a, restartPolicy: Always, livenessProbe: {tcpSocket: {port: 1}}}", "{name: a, image: a, livenessProbe: {tcpSocket: {port: 1}}}", []string{inPod + ".initContainers[0].livenessProbe: may not be set for init containers"}},
		"hook of an init":        {deployment, inPod + ".initContainers.0", "{name: a, image: a, restartPolicy: Always, lifecycle: {preStop: {sleep: {seconds: 1}}}}", "{name: a, image: a, lifecycle: {preStop: {sleep: {seconds: 1}}}}", []string{inPod + ".initContainers[0].lifecycle: may not be set for init containers"}},
		"sidecar's probe":        {deployment, inPod + ".initContainers.0", "{name: a, image: a, restartPolicy: Always, startupProbe: {tcpSocket: {port: 1}}}", "{name: a, image: a, restartPolicy: Always, startupProbe: {}}", []string{inPod + ".initContainers[0].startupProbe: must specify a handler type"}},
		"init's host ports":      {deployment, inPod + ".initContainers.0", "{name: a, image: a, ports: [{containerPort: 1, hostPort: 1}]}", "{name: a, image: a, ports: [{containerPort: 1, hostPort: 1}, {containerPort: 2, hostPort: 1}]}", []string{inPod + ".initContainers[0].ports[1].hostPort: Duplicate"}},
	})
}

func TestResources(t *testing.T) {
	at := atContainer + ".resources"
	resources := inContainer + ".resources"
	run(t, map[string]check{
		"request within limit":    {deployment, resources, "{requests: {cpu: 1}, limits: {cpu: 1000m}}", "{requests: {cpu: 2}, limits: {cpu: 1500m}}", []string{at + ".requests[cpu]: must be less than or equal to cpu limit of 1500m"}},
		"not negative":            {deployment, resources, "{limits: {memory: 0}}", "{limits: {memory: -1Gi}}", []string{at + ".limits[memory]: greater than or equal to 0"}},
		"known name":              {deployment, resources, "{limits: {ephemeral-storage: 1Gi}}", "{limits: {storage: 1Gi}}", []string{at + ".limits[storage]: must be a standard resource for containers"}},
		"qualified name":          {deployment, resources, "{limits: {nvidia.com/gpu: 1}}", "{limits: {a b: 1}}", []string{at + ".limits[a b]: name part must consist of"}},
		"extended name":           {deployment, resources, "{limits: {nvidia.com/gpu: 1}}", "{limits: {requests.nvidia.com/gpu: 1}}", []string{at + ".limits[requests.nvidia.com/gpu]: extended resource name standard"}},
		"whole devices":           {deployment, resources, "{limits: {nvidia.com/gpu: 2}}", "{limits: {nvidia.com/gpu: 500m}}", []string{at + ".limits[nvidia.com/gpu]: must be an integer"}},
		"devices not overbooked":  {deployment, resources, "{requests: {nvidia.com/gpu: 1}, limits: {nvidia.com/gpu: 1}}", "{requests: {nvidia.com/gpu: 1}, limits: {nvidia.com/gpu: 2}}", []string{at + ".requests[nvidia.com/gpu]: must be equal to"}},
		"devices limited":         {deployment, resources, "{limits: {nvidia.com/gpu: 1}}", "{requests: {nvidia.com/gpu: 1}}", []string{at + ".limits: Limit must be set"}},
		"huge pages need company": {deployment, resources, "{limits: {hugepages-2Mi: 2Mi, memory: 1Gi}}", "{limits: {hugepages-2Mi: 2Mi}}", []string{at + ": HugePages require cpu or memory"}},
		"pod's own":               {deployment, inPod + ".resources", "{requests: {cpu: 1}, limits: {cpu: 1}}", "{requests: {cpu: 2}, limits: {cpu: 1}}", []string{inPod + ".resources.requests[cpu]: must be less than or equal to cpu limit"}},
		"pod's names":             {deployment, inPod + ".resources", "{limits: {memory: 1Gi}}", "{limits: {ephemeral-storage: 1Gi}}", []string{inPod + ".resources.limits[ephemeral-storage]: Unsupported"}},
		"pod's claims":            {deployment, inPod + ".resources", "{limits: {memory: 1Gi}}", "{limits: {memory: 1Gi}, claims: [{name: a}]}", []string{inPod + ".resources.claims: may not be set"}},
		"containers within pod":   {deployment, inPod + ".resources", "{limits: {memory: 512Mi}}", "{limits: {memory: 256Mi}}", []string{atContainer + ".resources.limits[memory]: pod limits of 256Mi"}},
		"requests within pod":     {deployment, inPod + ".resources", "{requests: {memory: 512Mi}}", "{requests: {memory: 256Mi}}", []string{inPod + ".resources.requests[memory]: aggregate container requests of 512Mi"}},
	})
}

func TestVolumes(t *testing.T) {
	volume := inPod + ".volumes.1"
	at := inPod + ".volumes[1]"
	run(t, map[string]check{
		"name required":       {deployment, volume, "{name: a, emptyDir: {}}", "{emptyDir: {}}", []string{at + ".name: Required"}},
		"name is a label":     {deployment, volume + ".name", "a-b", "a_b", []string{at + ".name: RFC 1123 label"}},
		"names are unique":    {deployment, volume + ".name", "other", "tmp", []string{at + ".name: Duplicate"}},
		"not two sources":     {deployment, volume, "{name: a}", "{name: a, emptyDir: {}, secret: {secretName: a}}", []string{at + ".secret: more than 1 volume type"}},
		"size limit":          {deployment, volume, "{name: a, emptyDir: {sizeLimit: 1Gi}}", "{name: a, emptyDir: {sizeLimit: -1}}", []string{at + ".emptyDir.sizeLimit: must be a valid resource quantity"}},
		"host path":           {deployment, volume, "{name: a, hostPath: {path: /a, type: Directory}}", "{name: a, hostPath: {type: Folder}}", []string{at + ".hostPath.path: Required", at + ".hostPath.type: Unsupported"}},
		"host path backsteps": {deployment, volume, "{name: a, hostPath: {path: /a}}", "{name: a, hostPath: {path: /a/../b}}", []string{at + ".hostPath.path: must not contain '..'"}},
		"secret":              {deployment, volume, "{name: a, secret: {secretName: a}}", "{name: a, secret: {}}", []string{at + ".secret.secretName: Required"}},
		"config map":          {deployment, volume, "{name: a, configMap: {name: a}}", "{name: a, configMap: {}}", []string{at + ".configMap.name: Required"}},
		"mode":                {deployment, volume, "{name: a, secret: {secretName: a, defaultMode: 0400}}", "{name: a, secret: {secretName: a, defaultMode: 4000}}", []string{at + ".secret.defaultMode: between 0 and 0777"}},
		"mode of a map":       {deployment, volume, "{name: a, configMap: {name: a, defaultMode: 0400}}", "{name: a, configMap: {name: a, defaultMode: -1}}", []string{at + ".configMap.defaultMode: between 0 and 0777"}},
		"item":                {deployment, volume + ".configMap.items.0", "{key: a, path: a/b, mode: 0400}", "{mode: 1000}", []string{at + ".configMap.items[0].key: Required", at + ".configMap.items[0].mode: between 0 and 0777", at + ".configMap.items[0].path: Required"}},
		"item of a secret":    {deployment, volume, "{name: a, secret: {secretName: a, items: [{key: a, path: a}]}}", "{name: a, secret: {secretName: a, items: [{key: a, path: ..a}]}}", []string{at + ".secret.items[0].path: must not start with '..'"}},
		"claim":               {deployment, volume, "{name: a, persistentVolumeClaim: {claimName: a}}", "{name: a, persistentVolumeClaim: {}}", []string{at + ".persistentVolumeClaim.claimName: Required"}},
		"driver":              {deployment, volume, "{name: a, csi: {driver: a}}", "{name: a, csi: {}}", []string{at + ".csi.driver: Required"}},
		"driver's name":       {deployment, volume, "{name: a, csi: {driver: A.b}}", "{name: a, csi: {driver: a_b}}", []string{at + ".csi.driver: RFC 1123"}},
		"ephemeral claim":     {deployment, volume, "{name: a, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}", "{name: a, ephemeral: {}}", []string{at + ".ephemeral.volumeClaimTemplate: Required"}},
		"ephemeral claim's":   {deployment, volume, "{name: a, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}", "{name: a, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce]}}}}", []string{at + ".ephemeral.volumeClaimTemplate.spec.resources[storage]: Required"}},
		"downward field":      {deployment, volume, "{name: a, downwardAPI: {items: [{path: a, fieldRef: {fieldPath: metadata.labels}}]}}", "{name: a, downwardAPI: {items: [{path: a, fieldRef: {fieldPath: status.podIP}}]}}", []string{at + ".downwardAPI.items[0].fieldRef.fieldPath: Unsupported"}},
		"downward resource":   {deployment, volume, "{name: a, downwardAPI: {items: [{path: a, resourceFieldRef: {containerName: api, resource: limits.cpu}}]}}", "{name: a, downwardAPI: {items: [{path: a, mode: -1, resourceFieldRef: {resource: cpu}}]}}", []string{at + ".downwardAPI.items[0].mode: between", at + ".downwardAPI.items[0].resourceFieldRef.containerName: Required", at + ".downwardAPI.items[0].resourceFieldRef.resource: Unsupported"}},
		"downward nothing":    {deployment, volume, "{name: a, downwardAPI: {items: []}}", "{name: a, downwardAPI: {items: [{path: a}]}}", []string{at + ".downwardAPI.items[0]: one of fieldRef and resourceFieldRef"}},
		"downward both":       {deployment, volume, "{name: a, downwardAPI: {items: []}}", "{name: a, downwardAPI: {items: [{path: a, fieldRef: {fieldPath: metadata.uid}, resourceFieldRef: {containerName: api, resource: limits.cpu}}]}}", []string{at + ".downwardAPI.items[0]: can not be specified simultaneously"}},
		"projected once":      {deployment, volume, "{name: a, projected: {sources: [{secret: {name: a}}]}}", "{name: a, projected: {sources: [{secret: {name: a}, configMap: {name: a}}]}}", []string{at + ".projected.sources[0]: more than 1 volume type per source"}},
		"projected names":     {deployment, volume, "{name: a, projected: {sources: [{secret: {name: a}}, {configMap: {name: a}}]}}", "{name: a, projected: {defaultMode: -1, sources: [{secret: {}}, {configMap: {}}]}}", []string{at + ".projected.defaultMode: between", at + ".projected.sources[0].secret.name: Required", at + ".projected.sources[1].configMap.name: Required"}},
		"projected items":     {deployment, volume, "{name: a, projected: {sources: [{secret: {name: a, items: [{key: a, path: a}]}}, {configMap: {name: a}}]}}", "{name: a, projected: {sources: [{secret: {name: a, items: [{key: a}]}}, {configMap: {name: a, items: [{path: a}]}}, {downwardAPI: {items: [{path: a}]}}]}}", []string{at + ".projected.sources[0].secret.items[0].path: Required", at + ".projected.sources[1].configMap.items[0].key: Required", at + ".projected.sources[2].downwardAPI.items[0]: Required"}},
		"token":               {deployment, volume, "{name: a, projected: {sources: [{serviceAccountToken: {path: a, expirationSeconds: 600}}]}}", "{name: a, projected: {sources: [{serviceAccountToken: {expirationSeconds: 599}}]}}", []string{at + ".projected.sources[0].serviceAccountToken.expirationSeconds: 10 minutes", at + ".projected.sources[0].serviceAccountToken.path: Required"}},
	})
}

func TestPodSecurity(t *testing.T) {
	run(t, map[string]check{
		"user":                   {deployment, inContainer + ".securityContext.runAsUser", "1000", "-1", []string{atContainer + ".securityContext.runAsUser: between 0 and"}},
		"group":                  {deployment, inContainer + ".securityContext.runAsGroup", "1000", "-1", []string{atContainer + ".securityContext.runAsGroup: between 0 and"}},
		"seccomp":                {deployment, inContainer + ".securityContext.seccompProfile", "{type: RuntimeDefault}", "{type: Default}", []string{atContainer + ".securityContext.seccompProfile.type: Unsupported"}},
		"seccomp type":           {deployment, inContainer + ".securityContext.seccompProfile", "{type: Localhost, localhostProfile: a.json}", "{localhostProfile: a.json}", []string{atContainer + ".securityContext.seccompProfile.localhostProfile: can only be set", atContainer + ".securityContext.seccompProfile.type: Required"}},
		"seccomp profile":        {deployment, inContainer + ".securityContext.seccompProfile", "{type: Localhost, localhostProfile: a.json}", "{type: Localhost, localhostProfile: ../a.json}", []string{atContainer + ".securityContext.seccompProfile.localhostProfile: must not contain '..'"}},
		"AppArmor":               {deployment, inContainer + ".securityContext.appArmorProfile", "{type: Unconfined}", "{type: Localhost}", []string{atContainer + ".securityContext.appArmorProfile.localhostProfile: must be set"}},
		"proc":                   {deployment, inContainer + ".securityContext.procMount", "Default", "Masked", []string{atContainer + ".securityContext.procMount: Unsupported"}},
		"escalation":             {deployment, inContainer + ".securityContext", "{privileged: true}", "{privileged: true, allowPrivilegeEscalation: false}", []string{atContainer + ".securityContext: cannot set `allowPrivilegeEscalation` to false and `privileged` to true"}},
		"escalation by sysadmin": {deployment, inContainer + ".securityContext.capabilities.add", "[NET_ADMIN]", "[CAP_SYS_ADMIN]", []string{atContainer + ".securityContext: CAP_SYS_ADMIN"}},
		"pod's user":             {deployment, inPod + ".securityContext.runAsUser", "0", "-1", []string{inPod + ".securityContext.runAsUser: between"}},
		"pod's file group":       {deployment, inPod + ".securityContext.fsGroup", "0", "-1", []string{inPod + ".securityContext.fsGroup: between"}},
		"pod's groups":           {deployment, inPod + ".securityContext.supplementalGroups", "[1]", "[-1]", []string{inPod + ".securityContext.supplementalGroups[0]: between"}},
		"pod's group policy":     {deployment, inPod + ".securityContext.supplementalGroupsPolicy", "Strict", "Loose", []string{inPod + ".securityContext.supplementalGroupsPolicy: Unsupported"}},
		"pod's change policy":    {deployment, inPod + ".securityContext.fsGroupChangePolicy", "OnRootMismatch", "Never", []string{inPod + ".securityContext.fsGroupChangePolicy: Unsupported"}},
		"pod's seccomp":          {deployment, inPod + ".securityContext.seccompProfile", "{type: Unconfined}", "{}", []string{inPod + ".securityContext.seccompProfile.type: Required"}},
		"pod's AppArmor":         {deployment, inPod + ".securityContext.appArmorProfile", "{type: Unconfined}", "{}", []string{inPod + ".securityContext.appArmorProfile.type: Required"}},
		"user namespaces":        {pod, "spec.hostUsers", "true", "false", nil},
		"host with user ns":      {pod, "spec", "{hostUsers: false, containers: [{name: a, image: a}]}", "{hostUsers: false, hostPID: true, hostIPC: true, hostNetwork: true, containers: [{name: a, image: a}]}", []string{"spec.hostIPC: when", "spec.hostNetwork: when", "spec.hostPID: when"}},
		"shared processes":       {pod, "spec.shareProcessNamespace", "true", "true", nil},
		"processes of the host":  {pod, "spec", "{hostPID: true, containers: [{name: a, image: a}]}", "{hostPID: true, shareProcessNamespace: true, containers: [{name: a, image: a}]}", []string{"spec.shareProcessNamespace: cannot both be enabled"}},
	})
}

func TestScheduling(t *testing.T) {
	toleration, atToleration := inPod+".tolerations.0", inPod+".tolerations[0]"
	spread, atSpread := inPod+".topologySpreadConstraints.0", inPod+".topologySpreadConstraints[0]"
	term := inPod + ".affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms.0"
	atTerm := inPod + ".affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]"
	pods, atPods := inPod+".affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.0", inPod+".affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]"
	run(t, map[string]check{
		"node selector":            {deployment, inPod + ".nodeSelector", "{a/b: c}", "{a/b: c d}", []string{inPod + ".nodeSelector: a valid label"}},
		"gates":                    {deployment, inPod + ".schedulingGates", "[{name: a/b}]", "[{name: a/b}, {name: a/b}]", []string{inPod + ".schedulingGates[1]: Duplicate"}},
		"gate name":                {deployment, inPod + ".schedulingGates", "[{name: a/b}]", "[{name: a b}]", []string{inPod + ".schedulingGates[0]: name part"}},
		"toleration key":           {deployment, toleration + ".key", "a", "a b", []string{atToleration + ".key: name part"}},
		"toleration of all":        {deployment, toleration, "{operator: Exists}", "{operator: Equal}", []string{atToleration + ".operator: operator must be Exists when `key` is empty"}},
		"toleration value":         {deployment, toleration + ".value", "a", "a b", []string{atToleration + ".value: a valid label"}},
		"toleration without value": {deployment, toleration, "{key: a, operator: Exists}", "{key: a, operator: Exists, value: b}", []string{atToleration + ".operator: value must be empty"}},
		"toleration operator":      {deployment, toleration, "{key: a}", "{key: a, operator: Gt, value: '1'}", []string{atToleration + ".operator: Unsupported"}},
		"toleration effect":        {deployment, toleration + ".effect", "NoExecute", "Never", []string{atToleration + ".effect: Unsupported"}},
		"toleration seconds":       {deployment, toleration, "{key: a, effect: NoExecute, tolerationSeconds: 1}", "{key: a, effect: NoSchedule, tolerationSeconds: 1}", []string{atToleration + ".effect: must be 'NoExecute'"}},
		"skew":                     {deployment, spread + ".maxSkew", "2", "0", []string{atSpread + ".maxSkew: must be greater than zero"}},
		"spread key":               {deployment, spread + ".topologyKey", "a", removed, []string{atSpread + ".topologyKey: can not be empty"}},
		"spread action":            {deployment, spread + ".whenUnsatisfiable", "DoNotSchedule", removed, []string{atSpread + ".whenUnsatisfiable: Required"}},
		"spread twice":             {deployment, inPod + ".topologySpreadConstraints", "[{maxSkew: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule}, {maxSkew: 1, topologyKey: b, whenUnsatisfiable: DoNotSchedule}]", "[{maxSkew: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule}, {maxSkew: 2, topologyKey: a, whenUnsatisfiable: DoNotSchedule}]", []string{inPod + ".topologySpreadConstraints[1].{topologyKey, whenUnsatisfiable}: Duplicate"}},
		"spread domains":           {deployment, inPod + ".topologySpreadConstraints", "[{maxSkew: 1, minDomains: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule}]", "[{maxSkew: 1, minDomains: 0, topologyKey: a, whenUnsatisfiable: ScheduleAnyway}]", []string{atSpread + ".minDomains: can only use minDomains", atSpread + ".minDomains: must be greater than zero"}},
		"spread policy":            {deployment, spread + ".nodeTaintsPolicy", "Honor", "Respect", []string{atSpread + ".nodeTaintsPolicy: Unsupported"}},
		"spread selector":          {deployment, spread + ".labelSelector.matchLabels", "{a: b}", "{a: b c}", []string{atSpread + ".labelSelector.matchLabels: a valid label"}},
		"spread keys":              {deployment, spread + ".matchLabelKeys", "[pod-template-hash]", "[a b]", []string{atSpread + ".matchLabelKeys[0]: name part"}},
		"spread keys and selector": {deployment, inPod + ".topologySpreadConstraints", "[]", "[{maxSkew: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule, matchLabelKeys: [a]}]", []string{atSpread + ".matchLabelKeys: must not be specified when labelSelector is not set"}},
		"node terms":               {deployment, inPod + ".affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution", "{nodeSelectorTerms: [{}]}", "{nodeSelectorTerms: []}", []string{inPod + ".affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: at least one"}},
		"node values":              {deployment, term + ".matchExpressions.0.values", "[a]", "[]", []string{atTerm + ".matchExpressions[0].values: must be specified when"}},
		"node value":               {deployment, term + ".matchExpressions.0.values", "[a]", "[a b]", []string{atTerm + ".matchExpressions[0].values[0]: a valid label"}},
		"node key":                 {deployment, term + ".matchExpressions.0.key", "a", "a b", []string{atTerm + ".matchExpressions[0].key: name part"}},
		"node operator":            {deployment, term + ".matchExpressions.0", "{key: a, operator: DoesNotExist}", "{key: a, operator: Has}", []string{atTerm + ".matchExpressions[0].operator: not a valid selector operator"}},
		"node exists":              {deployment, term + ".matchExpressions.0", "{key: a, operator: Exists}", "{key: a, operator: Exists, values: [b]}", []string{atTerm + ".matchExpressions[0].values: may not be specified"}},
		"node comparison":          {deployment, term + ".matchExpressions.0", "{key: a, operator: Gt, values: ['1']}", "{key: a, operator: Lt}", []string{atTerm + ".matchExpressions[0].values: single value"}},
		"node field":               {deployment, term, "{matchFields: [{key: metadata.name, operator: In, values: [a]}]}", "{matchFields: [{key: spec.name, operator: Exists, values: []}, {key: metadata.name, operator: In, values: [A]}]}", []string{atTerm + ".matchFields[0].key: Unsupported", atTerm + ".matchFields[0].operator: Unsupported", atTerm + ".matchFields[0].values: only one value", atTerm + ".matchFields[1].values[0]: RFC 1123"}},
		"node preference":          {deployment, inPod + ".affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution.0", "{weight: 100, preference: {}}", "{weight: 101, preference: {matchExpressions: [{key: a, operator: In}]}}", []string{inPod + ".affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values: must be", inPod + ".affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: 1-100"}},
		"pod topology":             {deployment, pods + ".topologyKey", "a", removed, []string{atPods + ".topologyKey: can not be empty"}},
		"pod topology key":         {deployment, pods + ".topologyKey", "a", "a b", []string{atPods + ".topologyKey: name part"}},
		"pod selector":             {deployment, pods + ".labelSelector.matchLabels", "{a: b}", "{a b: c}", []string{atPods + ".labelSelector.matchLabels: name part"}},
		"pod namespaces":           {deployment, pods + ".namespaces", "[a]", "[a.b]", []string{atPods + ".namespaces[0]: must not contain dots"}},
		"pod namespace selector":   {deployment, pods + ".namespaceSelector", "{}", "{matchExpressions: [{key: a, operator: In}]}", []string{atPods + ".namespaceSelector.matchExpressions[0].values: must be specified"}},
		"pod keys":                 {deployment, pods + ".matchLabelKeys", "[a]", "[a b]", []string{atPods + ".matchLabelKeys[0]: name part"}},
		"pod other keys":           {deployment, pods + ".mismatchLabelKeys", "[a]", "[a b]", []string{atPods + ".mismatchLabelKeys[0]: name part"}},
		"pod preference":           {deployment, inPod + ".affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution.0.weight", "1", "0", []string{inPod + ".affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: 1-100"}},
		"pod preference's term":    {deployment, inPod + ".affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution.0.podAffinityTerm.topologyKey", "a", removed, []string{inPod + ".affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey: can not be empty"}},
		"affinity to pods":         {deployment, inPod + ".affinity", "{podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: a}]}}", "{podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{}]}}", []string{inPod + ".affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: can not be empty"}},
	})
}

func TestPodSpec(t *testing.T) {
	run(t, map[string]check{
		"restart policy":      {pod, "spec.restartPolicy", "OnFailure", "Sometimes", []string{"spec.restartPolicy: Unsupported"}},
		"deadline":            {pod, "spec.activeDeadlineSeconds", "1", "0", []string{"spec.activeDeadlineSeconds: between 1 and"}},
		"readiness gate":      {pod, "spec.readinessGates", "[{conditionType: a/b}]", "[{conditionType: a b}]", []string{"spec.readinessGates[0].conditionType: name part"}},
		"host alias":          {pod, "spec.hostAliases", "[{ip: 10.0.0.1, hostnames: [a.b]}]", "[{ip: 10.0.0, hostnames: [a_b]}]", []string{"spec.hostAliases[0].hostnames[0]: RFC 1123", "spec.hostAliases[0].ip: must be a valid IP address"}},
		"service account":     {pod, "spec.serviceAccountName", "api", "Api", []string{"spec.serviceAccountName: RFC 1123"}},
		"node":                {pod, "spec.nodeName", "a", "A", []string{"spec.nodeName: RFC 1123"}},
		"priority class":      {pod, "spec.priorityClassName", "a", "A", []string{"spec.priorityClassName: RFC 1123"}},
		"hostname":            {pod, "spec.hostname", "a", "a.b", []string{"spec.hostname: must not contain dots"}},
		"subdomain":           {pod, "spec.subdomain", "a", "a.b", []string{"spec.subdomain: must not contain dots"}},
		"runtime class":       {pod, "spec.runtimeClassName", "a", "A", []string{"spec.runtimeClassName: RFC 1123"}},
		"preemption":          {pod, "spec.preemptionPolicy", "Never", "Always", []string{"spec.preemptionPolicy: Unsupported"}},
		"deletion cost":       {pod, "metadata.annotations", "{controller.kubernetes.io/pod-deletion-cost: '-1'}", "{controller.kubernetes.io/pod-deletion-cost: '+1'}", []string{"metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: must be a 32bit integer"}},
		"its range":           {deployment, "spec.template.metadata.annotations", "{controller.kubernetes.io/pod-deletion-cost: '2147483647'}", "{controller.kubernetes.io/pod-deletion-cost: '2147483648'}", []string{"spec.template.metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: must be a 32bit integer"}},
		"template's labels":   {deployment, "spec.template.metadata.labels.version", "a", "a b", []string{"spec.template.metadata.labels: a valid label"}},
		"template annotation": {deployment, "spec.template.metadata.annotations", "{a: b}", "{a b: c}", []string{"spec.template.metadata.annotations: name part"}},
		"template object":     {podTemplate, "template.spec.containers.0.image", "a", removed, []string{"template.spec.containers[0].image: Required"}},
		"DNS policy":          {pod, "spec.dnsPolicy", "Default", "Custom", []string{"spec.dnsPolicy: Unsupported"}},
		"DNS none":            {pod, "spec", "{dnsPolicy: None, dnsConfig: {nameservers: [10.0.0.10]}, containers: [{name: a, image: a}]}", "{dnsPolicy: None, containers: [{name: a, image: a}]}", []string{"spec.dnsConfig: must provide `dnsConfig`"}},
		"DNS servers":         {pod, "spec.dnsConfig", "{nameservers: [10.0.0.10]}", "{nameservers: [a, 10.0.0.1, 10.0.0.2, 10.0.0.3]}", []string{"spec.dnsConfig.nameservers: Too many", "spec.dnsConfig.nameservers[0]: must be a valid IP address"}},
		"DNS none, no server": {pod, "spec", "{dnsPolicy: None, dnsConfig: {nameservers: [10.0.0.10]}, containers: [{name: a, image: a}]}", "{dnsPolicy: None, dnsConfig: {}, containers: [{name: a, image: a}]}", []string{"spec.dnsConfig.nameservers: must provide at least one"}},
		"DNS searches":        {pod, "spec.dnsConfig", "{searches: [a_b.c., .]}", "{searches: [a b]}", []string{"spec.dnsConfig.searches[0]: RFC 1123"}},
		"DNS search count":    {pod, "spec.dnsConfig", "{searches: [a]}", "{searches: [a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a]}", []string{"spec.dnsConfig.searches: Too many"}},
		"DNS options":         {pod, "spec.dnsConfig", "{options: [{name: ndots, value: '2'}]}", "{options: [{value: '2'}]}", []string{"spec.dnsConfig.options[0]: must not be empty"}},
	})
}
