package edge

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/privatebucket"
)

const (
	// anywhere is every address of the internet.
	anywhere = "0.0.0.0/0"

	httpPort  = 80
	httpsPort = 443

	// tlsPolicy takes TLS 1.3 and, of 1.2, the ciphers with forward secrecy and authenticated encryption, and
	// offers key exchanges that hold against quantum computers to clients that know them. AWS recommends it
	// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html).
	tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"

	// strictTransport has browsers use HTTPS only, for a year. Without includeSubDomains: names below the
	// product's are not this edge's.
	strictTransport = "max-age=31536000"

	// timeout covers a load balancer, for which AWS takes two to four minutes, with a wide margin.
	timeout = "20m"
)

// createSecurityGroup makes the load balancer's group: in from everywhere, out to the routed ports of the
// cluster and to nothing else. The cluster's group gets the other half of each.
func (b *builder) createSecurityGroup() (*ec2.SecurityGroup, error) {
	group, err := ec2.NewSecurityGroup(b.ctx, b.name, &ec2.SecurityGroupArgs{
		Description: pulumi.Sprintf("Load balancer %s", b.name),
		VpcId:       b.args.VPCID,
		Tags:        b.nameTag(b.name),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating security group %q: %w", b.name, err)
	}
	for _, in := range []struct {
		name, description string
		port              int
	}{
		{"http", "HTTP from the internet, redirected to HTTPS", httpPort},
		{"https", "HTTPS from the internet", httpsPort},
	} {
		rule := b.name + "-" + in.name
		_, err := vpc.NewSecurityGroupIngressRule(b.ctx, rule, &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId: group.ID(),
			CidrIpv4:        pulumi.String(anywhere),
			IpProtocol:      pulumi.String("tcp"),
			FromPort:        pulumi.Int(in.port),
			ToPort:          pulumi.Int(in.port),
			Description:     pulumi.String(in.description),
		}, b.parent)
		if err != nil {
			return nil, fmt.Errorf("creating ingress rule %q: %w", rule, err)
		}
	}
	for _, port := range b.ports() {
		if err := b.allowPort(group, port); err != nil {
			return nil, err
		}
	}
	return group, nil
}

// ports are the routed ports, each once.
func (b *builder) ports() []int {
	var ports []int
	for _, r := range b.args.Routes {
		ports = append(ports, r.Port)
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// allowPort lets the load balancer speak to one port of the cluster.
func (b *builder) allowPort(group *ec2.SecurityGroup, port int) error {
	out := fmt.Sprintf("%s-to-%d", b.name, port)
	_, err := vpc.NewSecurityGroupEgressRule(b.ctx, out, &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId:           group.ID(),
		ReferencedSecurityGroupId: b.args.ClusterSecurityGroupID,
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(port),
		ToPort:                    pulumi.Int(port),
		Description:               pulumi.Sprintf("To pods, port %d", port),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("creating egress rule %q: %w", out, err)
	}
	in := fmt.Sprintf("%s-from-balancer-%d", b.name, port)
	_, err = vpc.NewSecurityGroupIngressRule(b.ctx, in, &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           b.args.ClusterSecurityGroupID,
		ReferencedSecurityGroupId: group.ID(),
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(port),
		ToPort:                    pulumi.Int(port),
		Description:               pulumi.Sprintf("From load balancer %s, port %d", b.name, port),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("creating ingress rule %q: %w", in, err)
	}
	return nil
}

func (b *builder) createLoadBalancer(security *ec2.SecurityGroup, logs *privatebucket.Bucket) (*lb.LoadBalancer, error) {
	before := []pulumi.Resource{logs.Policy}
	if b.args.InternetGateway != nil {
		before = append(before, b.args.InternetGateway)
	}
	balancer, err := lb.NewLoadBalancer(b.ctx, b.name, &lb.LoadBalancerArgs{
		LoadBalancerType: pulumi.String("application"),
		Internal:         pulumi.Bool(false),
		// Subnets have no IPv6 addresses here.
		IpAddressType:  pulumi.String("ipv4"),
		Subnets:        b.args.PublicSubnetIDs,
		SecurityGroups: pulumi.StringArray{security.ID()},

		// What is no valid HTTP, or could be read in two ways by two servers, goes no further
		// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html).
		DropInvalidHeaderFields: pulumi.Bool(true),
		DesyncMitigationMode:    pulumi.String("defensive"),
		// The address that a request comes from is the last in the list: what a client wrote itself is before it.
		XffHeaderProcessingMode: pulumi.String("append"),
		PreserveHostHeader:      pulumi.Bool(true),
		EnableHttp2:             pulumi.Bool(true),
		IdleTimeout:             pulumi.Int(IdleTimeoutSeconds),
		// Without its firewall the product is closed, not open.
		EnableWafFailOpen: pulumi.Bool(false),
		// Lets AWS, or a person, take a failing zone out; it costs nothing.
		EnableZonalShift: pulumi.Bool(true),

		EnableDeletionProtection: pulumi.Bool(b.args.DeletionProtection),
		AccessLogs: &lb.LoadBalancerAccessLogsArgs{
			Bucket:  logs.Bucket.Bucket,
			Prefix:  pulumi.String(accessLogPrefix),
			Enabled: pulumi.Bool(true),
		},
		Tags: b.nameTag(b.name),
	}, b.parent, pulumi.DependsOn(before),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: timeout, Update: timeout, Delete: timeout}))
	if err != nil {
		return nil, fmt.Errorf("creating load balancer %q: %w", b.name, err)
	}
	return balancer, nil
}

// createListeners makes the two listeners: HTTP sends everybody to HTTPS, and HTTPS knows nothing but the routes.
func (b *builder) createListeners(balancer *lb.LoadBalancer, certificate *acm.CertificateValidation) (*lb.Listener, error) {
	plain := b.name + "-http"
	_, err := lb.NewListener(b.ctx, plain, &lb.ListenerArgs{
		LoadBalancerArn: balancer.Arn,
		Port:            pulumi.Int(httpPort),
		Protocol:        pulumi.String("HTTP"),
		DefaultActions: lb.ListenerDefaultActionArray{&lb.ListenerDefaultActionArgs{
			Type: pulumi.String("redirect"),
			Redirect: &lb.ListenerDefaultActionRedirectArgs{
				Protocol:   pulumi.String("HTTPS"),
				Port:       pulumi.String("443"),
				StatusCode: pulumi.String("HTTP_301"),
			},
		}},
		Tags: b.nameTag(plain),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating listener %q: %w", plain, err)
	}
	name := b.name + "-https"
	listener, err := lb.NewListener(b.ctx, name, &lb.ListenerArgs{
		LoadBalancerArn: balancer.Arn,
		Port:            pulumi.Int(httpsPort),
		Protocol:        pulumi.String("HTTPS"),
		SslPolicy:       pulumi.String(tlsPolicy),
		CertificateArn:  certificate.CertificateArn,
		// Whoever asks for another name, or for the load balancer by its own, learns nothing.
		DefaultActions: lb.ListenerDefaultActionArray{&lb.ListenerDefaultActionArgs{
			Type: pulumi.String("fixed-response"),
			FixedResponse: &lb.ListenerDefaultActionFixedResponseArgs{
				ContentType: pulumi.String("text/plain"),
				StatusCode:  pulumi.String("404"),
				MessageBody: pulumi.String("not found"),
			},
		}},
		RoutingHttpResponseServerEnabled:                      pulumi.Bool(false),
		RoutingHttpResponseStrictTransportSecurityHeaderValue: pulumi.String(strictTransport),
		RoutingHttpResponseXContentTypeOptionsHeaderValue:     pulumi.String("nosniff"),
		Tags: b.nameTag(name),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating listener %q: %w", name, err)
	}
	return listener, nil
}
