package edge

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/lb"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// clusterTag is the tag by which a target group is the cluster's: EKS Auto Mode may register pods in no other
	// (statement RegisterTargets of the managed policy AmazonEKSLoadBalancingPolicy,
	// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKSLoadBalancingPolicy.html).
	clusterTag = "eks:eks-cluster-name"

	// A pod that fails is out after 30 seconds, as by its own readiness probe, and one that is there in 20.
	healthIntervalSeconds  = 10
	healthTimeoutSeconds   = 5
	healthyAfterChecks     = 2
	unhealthyAfterFailures = 3
)

// createRoutes makes the target groups of each route, what fills them, and its rule in the listener. It returns
// what the groups are called in metrics, and the bindings.
func (b *builder) createRoutes(listener *lb.Listener) (pulumi.StringMap, []pulumi.Resource, error) {
	suffixes := pulumi.StringMap{}
	var bindings []pulumi.Resource
	for i := range b.args.Routes {
		route := &b.args.Routes[i]
		backends := route.backends()
		groups := make([]*lb.TargetGroup, len(backends))
		var weights lb.ListenerRuleActionForwardTargetGroupArray
		for j, to := range backends {
			group, err := b.createTargetGroup(route, to)
			if err != nil {
				return nil, nil, err
			}
			groups[j] = group
			suffixes[to.name] = group.ArnSuffix
			weights = append(weights, &lb.ListenerRuleActionForwardTargetGroupArgs{
				Arn:    group.Arn,
				Weight: pulumi.Int(to.percent),
			})
		}
		rule, err := b.createRule(listener, route, weights)
		if err != nil {
			return nil, nil, err
		}
		for j, to := range backends {
			binding, err := b.bind(route, to, groups[j], rule)
			if err != nil {
				return nil, nil, err
			}
			bindings = append(bindings, binding)
		}
	}
	return suffixes, bindings, nil
}

// backend is a Service that gets a part of a route's requests.
type backend struct {
	name, service string
	percent       int
}

func (r *Route) backends() []backend {
	if r.Canary == nil {
		return []backend{{r.Name, r.Service, 100}}
	}
	return []backend{
		{r.Name, r.Service, 100 - r.Canary.Percent},
		{r.Name + "-canary", r.Canary.Service, r.Canary.Percent},
	}
}

func (b *builder) createTargetGroup(route *Route, to backend) (*lb.TargetGroup, error) {
	name := b.name + "-" + to.name
	tags := b.nameTag(name)
	tags[clusterTag] = pulumi.String(b.args.ClusterName)
	group, err := lb.NewTargetGroup(b.ctx, name, &lb.TargetGroupArgs{
		VpcId:               b.args.VPCID,
		TargetType:          pulumi.String("ip"),
		Protocol:            pulumi.String("HTTP"),
		Port:                pulumi.Int(route.Port),
		DeregistrationDelay: pulumi.Int(route.deregistrationDelay()),
		// Requests differ in what they take: the next goes where fewest are open.
		LoadBalancingAlgorithmType: pulumi.String("least_outstanding_requests"),
		HealthCheck: &lb.TargetGroupHealthCheckArgs{
			Path:               pulumi.String(route.HealthPath),
			Port:               pulumi.String("traffic-port"),
			Protocol:           pulumi.String("HTTP"),
			Matcher:            pulumi.String("200"),
			Interval:           pulumi.Int(healthIntervalSeconds),
			Timeout:            pulumi.Int(healthTimeoutSeconds),
			HealthyThreshold:   pulumi.Int(healthyAfterChecks),
			UnhealthyThreshold: pulumi.Int(unhealthyAfterFailures),
		},
		Tags: tags,
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating target group %q: %w", name, err)
	}
	return group, nil
}

// bind has the cluster keep a target group filled with the pods of a Service. It says nothing of networking: the
// rules of the security groups are the edge's own.
//
// It comes after the listener's rule: nobody checks the health of a group that no listener uses, and a pod that has
// to be found healthy would wait for that.
func (b *builder) bind(route *Route, to backend, group *lb.TargetGroup, rule *lb.ListenerRule) (pulumi.Resource, error) {
	name := b.name + "-" + to.name
	// No name of its own: another target group gets another binding, before the one there is goes. A binding cannot
	// change its target group, which the controller refuses.
	binding, err := apiextensions.NewCustomResource(b.ctx, name, &apiextensions.CustomResourceArgs{
		ApiVersion: pulumi.String("eks.amazonaws.com/v1"),
		Kind:       pulumi.String("TargetGroupBinding"),
		Metadata:   &metav1.ObjectMetaArgs{Namespace: route.Namespace},
		OtherFields: kubernetes.UntypedArgs{"spec": pulumi.Map{
			"serviceRef": pulumi.Map{
				"name": pulumi.String(to.service),
				"port": pulumi.Int(route.Port),
			},
			"targetGroupARN": group.Arn,
			"targetType":     pulumi.String("ip"),
			"ipAddressType":  pulumi.String("ipv4"),
			"vpcID":          b.args.VPCID,
		}},
	}, b.parent, pulumi.DependsOn([]pulumi.Resource{rule}), pulumi.ReplaceOnChanges([]string{"spec.targetGroupARN"}))
	if err != nil {
		return nil, fmt.Errorf("creating target group binding %q: %w", name, err)
	}
	return binding, nil
}

// createRule sends what asks for the domain and a path under the prefix to the route's target groups.
func (b *builder) createRule(listener *lb.Listener, route *Route, weights lb.ListenerRuleActionForwardTargetGroupArray) (*lb.ListenerRule, error) {
	name := b.name + "-" + route.Name
	args := &lb.ListenerRuleArgs{
		ListenerArn: listener.Arn,
		Priority:    pulumi.Int(route.Priority),
		Conditions: lb.ListenerRuleConditionArray{
			&lb.ListenerRuleConditionArgs{HostHeader: &lb.ListenerRuleConditionHostHeaderArgs{
				Values: pulumi.ToStringArray([]string{b.args.Domain}),
			}},
			&lb.ListenerRuleConditionArgs{PathPattern: &lb.ListenerRuleConditionPathPatternArgs{
				Values: pulumi.ToStringArray([]string{route.PathPrefix + "*"}),
			}},
		},
		Actions: lb.ListenerRuleActionArray{&lb.ListenerRuleActionArgs{
			Type:    pulumi.String("forward"),
			Forward: &lb.ListenerRuleActionForwardArgs{TargetGroups: weights},
		}},
		Tags: b.nameTag(name),
	}
	if route.StripPrefix {
		// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-transforms.html
		args.Transforms = lb.ListenerRuleTransformArray{&lb.ListenerRuleTransformArgs{
			Type: pulumi.String("url-rewrite"),
			UrlRewriteConfig: &lb.ListenerRuleTransformUrlRewriteConfigArgs{
				Rewrite: &lb.ListenerRuleTransformUrlRewriteConfigRewriteArgs{
					Regex:   pulumi.String("^" + regexp.QuoteMeta(route.PathPrefix) + "(.*)$"),
					Replace: pulumi.String("/$1"),
				},
			},
		}}
	}
	rule, err := lb.NewListenerRule(b.ctx, name, args, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating listener rule %q: %w", name, err)
	}
	return rule, nil
}
