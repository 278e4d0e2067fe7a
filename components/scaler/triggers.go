package scaler

import (
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// queueTriggers ask for a pod for so many messages. Dramatiq keeps the messages of a queue in a hash until they
// are done with, which the list of their ids that it has beside it does not show: an id is gone from there once
// a worker has it (https://github.com/Bogdanp/dramatiq, dramatiq/brokers/redis/dispatch.lua). KEDA counts what
// is in a hash (https://github.com/kedacore/keda/blob/v2.20.2/pkg/scalers/redis_scaler.go). Messages that are to be sent
// again later are in another one, for up to a week, and no work for anybody until then.
func (q *Queues) triggers(authentication pulumi.StringInput) pulumi.Array {
	triggers := pulumi.Array{}
	for _, name := range q.Names {
		triggers = append(triggers, pulumi.Map{
			"type": pulumi.String("redis"),
			"metadata": pulumi.StringMap{
				"address":    pulumi.Sprintf("%s:%d", q.Address, q.Port),
				"listName":   pulumi.String("dramatiq:" + name + ".msgs"),
				"listLength": pulumi.String(strconv.Itoa(q.PerPod)),
				"enableTLS":  pulumi.String("true"),
			},
			"authenticationRef": pulumi.StringMap{"name": authentication},
		})
	}
	return triggers
}

// trigger asks for pods until they use no more than so much of what they ask for
// (https://keda.sh/docs/2.20/scalers/cpu/).
func (c *CPU) trigger() pulumi.Map {
	return pulumi.Map{
		"type":       pulumi.String("cpu"),
		"metricType": pulumi.String("Utilization"),
		"metadata":   pulumi.StringMap{"value": pulumi.String(strconv.Itoa(c.Percent))},
	}
}

const (
	// metricPeriod is how often load balancers report, in seconds
	// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html).
	metricPeriod = "60"
	// metricDelay is how old a minute has to be to be counted, in seconds: nodes of a load balancer do not
	// report at the same moment, and half a minute's requests would take pods away.
	metricDelay = "60"
)

// trigger asks for a pod for so many requests per minute. RequestCount is what reaches all pods together.
// RequestCountPerTarget would be what reaches each; but its numbers are minutes old, and the autoscaler, which
// multiplies them by the pods there are now, would go on adding pods while those it has added are not in them.
func (r *Requests) trigger(authentication pulumi.StringInput) pulumi.Map {
	return pulumi.Map{
		"type":       pulumi.String("aws-cloudwatch"),
		"metricType": pulumi.String("AverageValue"),
		// Asks CloudWatch, which costs by the question, when KEDA does and not each time the autoscaler does.
		"useCachedMetrics": pulumi.Bool(true),
		// https://keda.sh/docs/2.20/scalers/aws-cloudwatch/
		"metadata": pulumi.StringMap{
			"awsRegion":           pulumi.String(r.Region),
			"namespace":           pulumi.String("AWS/ApplicationELB"),
			"metricName":          pulumi.String("RequestCount"),
			"dimensionName":       pulumi.String("LoadBalancer;TargetGroup"),
			"dimensionValue":      pulumi.Sprintf("%s;%s", r.LoadBalancer, r.TargetGroup),
			"metricStat":          pulumi.String("Sum"),
			"metricStatPeriod":    pulumi.String(metricPeriod),
			"metricEndTimeOffset": pulumi.String(metricDelay),
			"targetMetricValue":   pulumi.String(strconv.Itoa(r.PerPod)),
			// What counts while there is no number: no request, no number.
			"minMetricValue": pulumi.String("0"),
		},
		"authenticationRef": pulumi.StringMap{"name": authentication},
	}
}
