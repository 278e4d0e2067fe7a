package network

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Network is a VPC with its subnets, routes and flow logs.
type Network struct {
	pulumi.ResourceState

	// VPCID is the VPC's id.
	VPCID pulumi.StringOutput `pulumi:"vpcId"`
	// CIDR is the VPC's IPv4 block.
	CIDR pulumi.StringOutput `pulumi:"cidr"`
	// PublicSubnetIDs, PrivateSubnetIDs and DataSubnetIDs hold one subnet per zone, in the order of Args.Zones.
	PublicSubnetIDs  pulumi.StringArrayOutput `pulumi:"publicSubnetIds"`
	PrivateSubnetIDs pulumi.StringArrayOutput `pulumi:"privateSubnetIds"`
	DataSubnetIDs    pulumi.StringArrayOutput `pulumi:"dataSubnetIds"`
	// NATAddresses are the public addresses that traffic from private subnets comes from.
	NATAddresses pulumi.StringArrayOutput `pulumi:"natAddresses"`
	// InternetGateway is there before what has a public address, such as a load balancer, and until that is
	// gone: AWS refuses either otherwise.
	InternetGateway pulumi.Resource
}

// New creates a network. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Network, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("network %q: %w", name, err)
	}
	n := &Network{}
	if err := ctx.RegisterComponentResource("coffee:network:Network", name, n, opts...); err != nil {
		return nil, fmt.Errorf("registering network %q: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, parent: pulumi.Parent(n)}
	if err := b.build(n); err != nil {
		return nil, err
	}
	return n, ctx.RegisterResourceOutputs(n, pulumi.Map{
		"vpcId":            n.VPCID,
		"cidr":             n.CIDR,
		"publicSubnetIds":  n.PublicSubnetIDs,
		"privateSubnetIds": n.PrivateSubnetIDs,
		"dataSubnetIds":    n.DataSubnetIDs,
		"natAddresses":     n.NATAddresses,
	})
}

// builder holds what every step of New needs.
type builder struct {
	ctx    *pulumi.Context
	name   string
	args   *Args
	parent pulumi.ResourceOption
	vpc    *ec2.Vpc
	// gateway is how the VPC reaches the internet.
	gateway *ec2.InternetGateway
}

func (b *builder) build(n *Network) error {
	vpc, err := ec2.NewVpc(b.ctx, b.name, &ec2.VpcArgs{
		CidrBlock: pulumi.String(b.args.CIDR),
		// Private DNS of RDS, of endpoints and of the private EKS endpoint needs both.
		EnableDnsSupport:   pulumi.Bool(true),
		EnableDnsHostnames: pulumi.Bool(true),
		Tags:               b.nameTag(b.name),
	}, b.parent, pulumi.Protect(b.args.Protect))
	if err != nil {
		return fmt.Errorf("creating VPC %q: %w", b.name, err)
	}
	b.vpc = vpc

	if err := b.emptyDefaultSecurityGroup(); err != nil {
		return err
	}
	if err := b.recordFlows(); err != nil {
		return err
	}
	subnets, err := b.createSubnets()
	if err != nil {
		return err
	}
	nats, err := b.createRoutes(subnets)
	if err != nil {
		return err
	}

	n.VPCID = vpc.ID().ToStringOutput()
	n.InternetGateway = b.gateway
	n.CIDR = vpc.CidrBlock
	n.PublicSubnetIDs = ids(subnets[public])
	n.PrivateSubnetIDs = ids(subnets[private])
	n.DataSubnetIDs = ids(subnets[data])
	addresses := pulumi.StringArray{}
	for _, nat := range nats {
		addresses = append(addresses, nat.PublicIp)
	}
	n.NATAddresses = addresses.ToStringArrayOutput()
	return nil
}

// emptyDefaultSecurityGroup takes over the group that AWS puts everything into that names no group of
// its own, and leaves it without a rule.
func (b *builder) emptyDefaultSecurityGroup() error {
	_, err := ec2.NewDefaultSecurityGroup(b.ctx, b.name+"-default", &ec2.DefaultSecurityGroupArgs{
		VpcId: b.vpc.ID(),
		Tags:  b.nameTag(b.name + "-default-unused"),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("emptying the default security group of %q: %w", b.name, err)
	}
	return nil
}

func (b *builder) createSubnets() (map[tier][]*ec2.Subnet, error) {
	vpcCIDR := netip.MustParsePrefix(b.args.CIDR) // validated
	subnets := map[tier][]*ec2.Subnet{}
	for _, t := range []tier{public, private, data} {
		for i, zone := range b.args.Zones {
			name := fmt.Sprintf("%s-%s-%s", b.name, t, zone)
			tags := b.nameTag(name)
			// Load balancers find their subnets by these tags
			// (https://docs.aws.amazon.com/eks/latest/userguide/tag-subnets-auto.html).
			switch t {
			case public:
				tags["kubernetes.io/role/elb"] = pulumi.String("1")
			case private:
				tags["kubernetes.io/role/internal-elb"] = pulumi.String("1")
			}
			subnet, err := ec2.NewSubnet(b.ctx, name, &ec2.SubnetArgs{
				VpcId:            b.vpc.ID(),
				CidrBlock:        pulumi.String(subnetCIDR(vpcCIDR, t, i).String()),
				AvailabilityZone: pulumi.String(zone),
				// What needs a public address (NAT, load balancer) brings its own.
				MapPublicIpOnLaunch: pulumi.Bool(false),
				Tags:                tags,
			}, b.parent, pulumi.Protect(b.args.Protect))
			if err != nil {
				return nil, fmt.Errorf("creating subnet %q: %w", name, err)
			}
			subnets[t] = append(subnets[t], subnet)
		}
	}
	return subnets, nil
}

func (b *builder) nameTag(name string) pulumi.StringMap {
	return pulumi.StringMap{"Name": pulumi.String(name)}
}

func ids(subnets []*ec2.Subnet) pulumi.StringArrayOutput {
	all := make(pulumi.StringArray, len(subnets))
	for i, s := range subnets {
		all[i] = s.ID()
	}
	return all.ToStringArrayOutput()
}
