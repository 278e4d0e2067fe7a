package testkit

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Network is what a data store is put into. It has as many resources as NetworkResources says.
type Network struct {
	VPCID     pulumi.StringInput
	SubnetIDs pulumi.StringArrayInput
	// ClientGroupID is the security group of who may connect.
	ClientGroupID pulumi.StringInput
}

// NetworkResources is how many resources a Network registers.
const NetworkResources = 4

// NewNetwork registers the smallest network a data store can be in.
func NewNetwork(ctx *pulumi.Context) (*Network, error) {
	vpc, err := ec2.NewVpc(ctx, "vpc", &ec2.VpcArgs{CidrBlock: pulumi.String("10.0.0.0/16")})
	if err != nil {
		return nil, fmt.Errorf("registering the test kit's VPC: %w", err)
	}
	subnets := pulumi.StringArray{}
	for zone, block := range map[string]string{"us-east-1a": "10.0.0.0/24", "us-east-1b": "10.0.1.0/24"} {
		subnet, err := ec2.NewSubnet(ctx, zone, &ec2.SubnetArgs{
			VpcId: vpc.ID(), CidrBlock: pulumi.String(block), AvailabilityZone: pulumi.String(zone),
		})
		if err != nil {
			return nil, fmt.Errorf("registering the test kit's subnet in %s: %w", zone, err)
		}
		subnets = append(subnets, subnet.ID())
	}
	client, err := ec2.NewSecurityGroup(ctx, "client", &ec2.SecurityGroupArgs{VpcId: vpc.ID()})
	if err != nil {
		return nil, fmt.Errorf("registering the test kit's clients: %w", err)
	}
	return &Network{VPCID: vpc.ID(), SubnetIDs: subnets, ClientGroupID: client.ID()}, nil
}
