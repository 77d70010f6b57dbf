import { GrpcServer } from "@jumpstarter/core/grpc"; import { routerStream } from "@jumpstarter/core/stream"; import { RouterService } from "@jumpstarter/proto/v1";
const server=new GrpcServer(); const B=new Uint8Array(65536);
server.addRaw(RouterService.method.stream, async (call)=>{ call.sendInitialMetadata(); const m=call.requestHeader.get("request"); const d=routerStream(call);
 if(m==="echo"){ const r=d.readable.getReader(), w=d.writable.getWriter(); for(;;){ const {value,done}=await r.read(); if(done)break; await w.write(value);} await w.close(); }
 else if(m==="sink"){ const r=d.readable.getReader(); let n=0; for(;;){ const {value,done}=await r.read(); if(done)break; n+=value.length;} const w=d.writable.getWriter(); await w.write(new Uint8Array(1)); await w.close(); }
 else { const w=d.writable.getWriter(); let left=Number(m!.slice(3)); while(left>0){ await w.write(B); left-=65536;} await w.close(); } });
const l=Deno.listen({port:0,hostname:"127.0.0.1"}); console.log((l.addr as Deno.NetAddr).port+" "+Deno.pid); server.serve(l); Deno.addSignalListener("SIGTERM",()=>Deno.exit(0));
