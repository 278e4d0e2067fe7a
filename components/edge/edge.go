package edge

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Edge is a load balancer with all that belongs to it.
type Edge struct {
	pulumi.ResourceState

	// URL is where the product is, once its name leads to the load balancer.
	URL pulumi.StringOutput `pulumi:"url"`
	// LoadBalancerARN and LoadBalancerARNSuffix name the load balancer: to AWS, and in its metrics.
	LoadBalancerARN       pulumi.StringOutput `pulumi:"loadBalancerArn"`
	LoadBalancerARNSuffix pulumi.StringOutput `pulumi:"loadBalancerArnSuffix"`
	// SecurityGroupID is the group the load balancer is in.
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`
	// TargetGroupARNSuffixes name the target groups in metrics, by the name of their route, that of a canary with
	// "-canary" after it.
	TargetGroupARNSuffixes pulumi.StringMapOutput `pulumi:"targetGroupArnSuffixes"`
	// AccessLogBucket is the bucket that holds the record of requests.
	AccessLogBucket pulumi.StringOutput `pulumi:"accessLogBucket"`
	// FirewallLogGroup is the log group that holds what the firewall turned away or let pass.
	FirewallLogGroup pulumi.StringOutput `pulumi:"firewallLogGroup"`
	// Bindings are what fills the target groups: pods that are made after them are ready only once the load
	// balancer finds them healthy, where their namespace asks for that.
	Bindings []pulumi.Resource
}

// New creates an edge. It needs a provider of AWS and one of Kubernetes. It fails before the first resource if
// args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Edge, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("edge %q: %w", name, err)
	}
	e := &Edge{}
	if err := ctx.RegisterComponentResource("coffee:edge:Edge", name, e, opts...); err != nil {
		return nil, fmt.Errorf("registering edge %q: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, parent: pulumi.Parent(e)}
	if err := b.build(e); err != nil {
		return nil, err
	}
	return e, ctx.RegisterResourceOutputs(e, pulumi.Map{
		"url":                    e.URL,
		"loadBalancerArn":        e.LoadBalancerARN,
		"loadBalancerArnSuffix":  e.LoadBalancerARNSuffix,
		"securityGroupId":        e.SecurityGroupID,
		"targetGroupArnSuffixes": e.TargetGroupARNSuffixes,
		"accessLogBucket":        e.AccessLogBucket,
		"firewallLogGroup":       e.FirewallLogGroup,
	})
}

// builder holds what every step of New needs.
type builder struct {
	ctx    *pulumi.Context
	name   string
	args   *Args
	parent pulumi.ResourceOption
}

func (b *builder) build(e *Edge) error {
	security, err := b.createSecurityGroup()
	if err != nil {
		return err
	}
	logs, err := b.createAccessLogs()
	if err != nil {
		return err
	}
	balancer, err := b.createLoadBalancer(security, logs)
	if err != nil {
		return err
	}
	firewallLogs, err := b.createFirewall(balancer)
	if err != nil {
		return err
	}
	certificate, err := b.createCertificate()
	if err != nil {
		return err
	}
	listener, err := b.createListeners(balancer, certificate)
	if err != nil {
		return err
	}
	suffixes, bindings, err := b.createRoutes(listener)
	if err != nil {
		return err
	}
	if err := b.nameLoadBalancer(balancer); err != nil {
		return err
	}

	e.URL = pulumi.Sprintf("https://%s", b.args.Domain)
	e.LoadBalancerARN = balancer.Arn
	e.LoadBalancerARNSuffix = balancer.ArnSuffix
	e.SecurityGroupID = security.ID().ToStringOutput()
	e.TargetGroupARNSuffixes = suffixes.ToStringMapOutput()
	e.AccessLogBucket = logs.Bucket.Bucket
	e.FirewallLogGroup = firewallLogs
	e.Bindings = bindings
	return nil
}

func (b *builder) nameTag(name string) pulumi.StringMap {
	return pulumi.StringMap{"Name": pulumi.String(name)}
}
