package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// anywhere is the destination of a default route.
const anywhere = "0.0.0.0/0"

// createRoutes gives each tier its way out: public subnets the internet gateway, private ones NAT,
// data subnets none. It returns the NAT gateways made.
func (b *builder) createRoutes(subnets map[tier][]*ec2.Subnet) ([]*ec2.NatGateway, error) {
	gateway, err := ec2.NewInternetGateway(b.ctx, b.name, &ec2.InternetGatewayArgs{
		VpcId: b.vpc.ID(),
		Tags:  b.nameTag(b.name),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating the internet gateway of %q: %w", b.name, err)
	}

	b.gateway = gateway

	publicTable, err := b.createRouteTable(string(public), subnets[public]...)
	if err != nil {
		return nil, err
	}
	if err := b.addDefaultRoute(string(public), &ec2.RouteArgs{
		RouteTableId: publicTable.ID(), GatewayId: gateway.ID(),
	}); err != nil {
		return nil, err
	}

	nats, err := b.createNATGateways(subnets[public])
	if err != nil {
		return nil, err
	}
	// A table per zone, also behind a single NAT gateway: going from one to one per zone then moves
	// routes and touches no subnet.
	tables := pulumi.StringArray{}
	for i, zone := range b.args.Zones {
		role := fmt.Sprintf("%s-%s", private, zone)
		table, err := b.createRouteTable(role, subnets[private][i])
		if err != nil {
			return nil, err
		}
		tables = append(tables, table.ID())
		if len(nats) == 0 {
			continue
		}
		if err := b.addDefaultRoute(role, &ec2.RouteArgs{
			RouteTableId: table.ID(), NatGatewayId: nats[i%len(nats)].ID(),
		}); err != nil {
			return nil, err
		}
	}

	if _, err := b.createRouteTable(string(data), subnets[data]...); err != nil {
		return nil, err
	}
	return nats, b.createEndpoints(tables, subnets[private])
}

// createNATGateways makes as many NAT gateways as the mode asks for, each in the public subnet of its zone.
func (b *builder) createNATGateways(publicSubnets []*ec2.Subnet) ([]*ec2.NatGateway, error) {
	count := map[NATMode]int{NATNone: 0, NATSingle: 1, NATPerZone: len(b.args.Zones)}[b.args.NAT]
	nats := make([]*ec2.NatGateway, count)
	for i := range nats {
		name := fmt.Sprintf("%s-nat-%s", b.name, b.args.Zones[i])
		address, err := ec2.NewEip(b.ctx, name, &ec2.EipArgs{
			Domain: pulumi.String("vpc"),
			Tags:   b.nameTag(name),
		}, b.parent)
		if err != nil {
			return nil, fmt.Errorf("allocating the address of NAT gateway %q: %w", name, err)
		}
		// A NAT gateway can be created only once the VPC has an internet gateway, and AWS releases the
		// internet gateway only when the addresses behind it are gone; no property says so.
		nats[i], err = ec2.NewNatGateway(b.ctx, name, &ec2.NatGatewayArgs{
			AllocationId: address.AllocationId,
			SubnetId:     publicSubnets[i].ID(),
			Tags:         b.nameTag(name),
		}, b.parent, pulumi.DependsOn([]pulumi.Resource{b.gateway}))
		if err != nil {
			return nil, fmt.Errorf("creating NAT gateway %q: %w", name, err)
		}
	}
	return nats, nil
}

// createRouteTable makes a route table without routes of its own and puts the subnets behind it.
func (b *builder) createRouteTable(role string, subnets ...*ec2.Subnet) (*ec2.RouteTable, error) {
	name := b.name + "-" + role
	table, err := ec2.NewRouteTable(b.ctx, name, &ec2.RouteTableArgs{
		VpcId: b.vpc.ID(),
		Tags:  b.nameTag(name),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating route table %q: %w", name, err)
	}
	for i, subnet := range subnets {
		association := name
		if len(subnets) > 1 {
			association = name + "-" + b.args.Zones[i]
		}
		_, err := ec2.NewRouteTableAssociation(b.ctx, association, &ec2.RouteTableAssociationArgs{
			RouteTableId: table.ID(),
			SubnetId:     subnet.ID(),
		}, b.parent)
		if err != nil {
			return nil, fmt.Errorf("associating route table %q: %w", association, err)
		}
	}
	return table, nil
}

// addDefaultRoute adds to a route table the route that everything without a nearer one takes.
func (b *builder) addDefaultRoute(role string, route *ec2.RouteArgs) error {
	name := b.name + "-" + role + "-default"
	route.DestinationCidrBlock = pulumi.String(anywhere)
	if _, err := ec2.NewRoute(b.ctx, name, route, b.parent); err != nil {
		return fmt.Errorf("creating route %q: %w", name, err)
	}
	return nil
}
