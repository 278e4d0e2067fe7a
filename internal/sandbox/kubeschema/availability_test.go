package kubeschema

import "testing"

func TestDisruptionBudgetsAndPriorities(t *testing.T) {
	run(t, map[string]check{
		"one bound":       {disruptionBudget, "spec", "{maxUnavailable: 1, selector: {}}", "{minAvailable: 1, maxUnavailable: 1}", []string{"spec: cannot be both set"}},
		"minimum":         {disruptionBudget, "spec.minAvailable", "100%", "101%", []string{"spec.minAvailable: 100%"}},
		"maximum":         {disruptionBudget, "spec", "{maxUnavailable: 0}", "{maxUnavailable: -1}", []string{"spec.maxUnavailable: greater"}},
		"selector":        {disruptionBudget, "spec.selector", "{}", "{matchLabels: {a: b c}}", []string{"spec.selector.matchLabels: a valid label"}},
		"eviction":        {disruptionBudget, "spec.unhealthyPodEvictionPolicy", "AlwaysAllow", "Never", []string{"spec.unhealthyPodEvictionPolicy: Unsupported"}},
		"priority":        {priorityClass, "value", "1000000000", "1000000001", []string{"value: maximum allowed value"}},
		"system priority": {priorityClass, "metadata.name", "systematic", "system-render", []string{"metadata.name: reserved for system use only"}},
		"system value":    {systemPriorityClass, "value", "2000001000", "1", []string{"metadata.name: reserved for system use only"}},
		"system default":  {systemPriorityClass, "globalDefault", "false", "true", []string{"metadata.name: reserved for system use only"}},
		"preemption":      {priorityClass, "preemptionPolicy", "Never", "Sometimes", []string{"preemptionPolicy: Unsupported"}},
	})
}

const systemPriorityClass = `
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: system-node-critical}
value: 2000001000
`

func TestAutoscalers(t *testing.T) {
	metric, at := "spec.metrics.0", "spec.metrics[0]"
	rules := "spec.behavior.scaleDown"
	run(t, map[string]check{
		"minimum":             {autoscaler, "spec.minReplicas", "1", "0", []string{"spec.minReplicas: greater than or equal to 1"}},
		"maximum":             {autoscaler, "spec.maxReplicas", "2", "0", []string{"spec.maxReplicas: greater than 0"}},
		"maximum and minimum": {autoscaler, "spec.maxReplicas", "2", "1", []string{"spec.maxReplicas: greater than or equal to `minReplicas`"}},
		"target":              {autoscaler, "spec.scaleTargetRef", "{apiVersion: v1, kind: ReplicationController, name: a}", "{apiVersion: v1}", []string{"spec.scaleTargetRef.apiVersion: must specify API group", "spec.scaleTargetRef.kind: Required", "spec.scaleTargetRef.name: Required"}},
		"target's version":    {autoscaler, "spec.scaleTargetRef.apiVersion", "a/v1", "a/b/c", []string{"spec.scaleTargetRef.apiVersion: unexpected GroupVersion"}},
		"metric's type":       {autoscaler, metric + ".type", "Resource", removed, []string{at + ".type: Required"}},
		"metric's source":     {autoscaler, metric + ".resource", "{name: cpu, target: {type: AverageValue, averageValue: 1}}", removed, []string{at + ".resource: must populate information"}},
		"metric's only":       {autoscaler, metric + ".pods", removed, "{metric: {name: a}, target: {type: AverageValue, averageValue: 1}}", []string{at + ".pods: must populate the given metric source only"}},
		"resource":            {autoscaler, metric + ".resource.name", "memory", removed, []string{at + ".resource.name: must specify a resource name"}},
		"resource's target":   {autoscaler, metric + ".resource.target", "{type: Utilization, averageUtilization: 1}", "{type: Utilization}", []string{at + ".resource.target.averageUtilization: must set either"}},
		"resource's targets":  {autoscaler, metric + ".resource.target", "{type: Utilization, averageUtilization: 1}", "{type: Utilization, averageUtilization: 1, averageValue: 1}", []string{at + ".resource.target.averageValue: may not set both"}},
		"target's type":       {autoscaler, metric + ".resource.target.type", "Utilization", "Percent", []string{at + ".resource.target.type: Unsupported"}},
		"target above zero":   {autoscaler, metric + ".resource.target.averageUtilization", "1", "0", []string{at + ".resource.target.averageUtilization: greater than 0"}},
		"container":           {autoscaler, metric, "{type: ContainerResource, containerResource: {name: cpu, container: a, target: {type: Utilization, averageUtilization: 1}}}", "{type: ContainerResource, containerResource: {target: {type: Utilization}}}", []string{at + ".containerResource.container: Required", at + ".containerResource.name: must specify", at + ".containerResource.target.averageUtilization: must set"}},
		"container's name":    {autoscaler, metric, "{type: ContainerResource, containerResource: {name: nvidia.com/gpu, container: a, target: {type: AverageValue, averageValue: 1}}}", "{type: ContainerResource, containerResource: {name: disk, container: a.b, target: {type: AverageValue, averageValue: 1}}}", []string{at + ".containerResource.container: must not contain dots", at + ".containerResource.name: must be a standard resource"}},
		"pods":                {autoscaler, metric, "{type: Pods, pods: {metric: {name: a}, target: {type: AverageValue, averageValue: 1}}}", "{type: Pods, pods: {metric: {name: a/b}, target: {type: AverageValue}}}", []string{at + ".pods.metric.name: may not contain '/'", at + ".pods.target.averageValue: must specify a positive"}},
		"object":              {autoscaler, metric, "{type: Object, object: {describedObject: {kind: A, name: a}, metric: {name: a}, target: {type: Value, value: 1}}}", "{type: Object, object: {describedObject: {}, metric: {}, target: {type: Value}}}", []string{at + ".object.describedObject.kind: Required", at + ".object.describedObject.name: Required", at + ".object.metric.name: Required", at + ".object.target.averageValue: must set either"}},
		"external":            {autoscaler, metric, "{type: External, external: {metric: {name: a}, target: {type: Value, value: 1}}}", "{type: External, external: {metric: {}, target: {type: Value, value: 0, averageValue: 1}}}", []string{at + ".external.metric.name: Required", at + ".external.target.value: may not set both", at + ".external.target.value: must be positive"}},
		"window":              {autoscaler, rules + ".stabilizationWindowSeconds", "3600", "3601", []string{rules + ".stabilizationWindowSeconds: between 0 and 3600"}},
		"select":              {autoscaler, rules + ".selectPolicy", "Disabled", "First", []string{rules + ".selectPolicy: Unsupported"}},
		"policies":            {autoscaler, rules + ".policies", removed, "[]", []string{rules + ".policies: at least one Policy"}},
		"policy":              {autoscaler, rules + ".policies.0", "{type: Percent, value: 1, periodSeconds: 1800}", "{type: Replicas, value: 0, periodSeconds: 1801}", []string{rules + ".policies[0].periodSeconds: between 1 and 1800", rules + ".policies[0].type: Unsupported", rules + ".policies[0].value: greater than zero"}},
		"upwards too":         {autoscaler, "spec.behavior.scaleUp", "{stabilizationWindowSeconds: 0}", "{stabilizationWindowSeconds: -1}", []string{"spec.behavior.scaleUp.stabilizationWindowSeconds: between"}},
	})
}
