"""Writes upstream's .proto files, as a serialized google.protobuf.FileDescriptorSet, to standard output."""

import sys

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from jumpstarter_protocol.jumpstarter.client.v1 import client_pb2
from jumpstarter_protocol.jumpstarter.v1 import common_pb2, jumpstarter_pb2, kubernetes_pb2, router_pb2

files = FileDescriptorSet()
for module in (client_pb2, common_pb2, jumpstarter_pb2, kubernetes_pb2, router_pb2):
    module.DESCRIPTOR.CopyToProto(files.file.add())
sys.stdout.buffer.write(files.SerializeToString())
