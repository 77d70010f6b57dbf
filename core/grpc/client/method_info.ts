import type {
  DescMessage,
  DescMethod,
  MessageInitShape,
  MessageShape,
  Registry,
} from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { codec } from "../protocol/codec.ts";
import type { MessageFormat } from "../protocol/content_type.ts";

/** What a transport knows of a method, worked out once. */
export interface MethodInfo<
  I extends DescMessage = DescMessage,
  O extends DescMessage = DescMessage,
> {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** @throws {ConnectError} `Code.Internal` */
  serialize(message: MessageInitShape<I>): Uint8Array;
  /** @throws {ConnectError} `Code.Internal` */
  parse(bytes: Uint8Array): MessageShape<O>;
}

/** Makes the {@linkcode MethodInfo} of a method. */
export function methodInfo(
  method: DescMethod,
  format: MessageFormat,
  registry?: Registry,
): MethodInfo {
  const input = codec(method.input, format, registry);
  const output = codec(method.output, format, registry);
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    serialize: input.serialize,
    parse(bytes): MessageShape<DescMessage> {
      try {
        return output.parse(bytes);
      } catch (error) {
        // A request that cannot be read is its sender's fault, a response that cannot is nobody's here.
        const { rawMessage, cause } = ConnectError.from(error);
        throw new ConnectError(rawMessage, Code.Internal, undefined, undefined, cause);
      }
    },
  };
}
