import { createGrpcTransport } from "@jumpstarter/core/grpc"; import { routerStream } from "@jumpstarter/core/stream"; import { RouterService } from "@jumpstarter/proto/v1";
const t=createGrpcTransport({address:"127.0.0.1:"+Deno.args[0]}); const path="/jumpstarter.v1.RouterService/Stream"; void RouterService;
const cpu=(pid:string)=>{const f=Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1].split(" "); return (Number(f[11])+Number(f[12]))*10;}; const SP=Deno.args[2], CP=String(Deno.pid); let c0=0,s0=0; const st=()=>{c0=cpu(CP);s0=cpu(SP)}; const en=()=>` cpu client ${cpu(CP)-c0} server ${cpu(SP)-s0}`;
const only=Deno.args[1]??"";
const open=(m:string)=>routerStream(t.raw(path,{headers:{request:m}})); const B=new Uint8Array(65536); const total=1<<30; const mib=(x:number)=>(1024/((performance.now()-x)/1000)).toFixed(0);
for(let r=0;r<3;r++){
 if(!only||only==="up"){ const d=open("sink"), w=d.writable.getWriter(), rd=d.readable.getReader(); st(); const x=performance.now(); for(let i=0;i<total;i+=65536) await w.write(B); await w.close(); await rd.read(); console.log("up",mib(x),en()); while(!(await rd.read()).done); }
 if(!only||only==="down"){ const d=open("src"+total); const rd=d.readable.getReader(); st(); const x=performance.now(); let n=0; for(;;){const {value,done}=await rd.read(); if(done)break; n+=value.length;} console.log("down",mib(x),en()); await d.writable.close().catch(()=>{}); }
 if(!only||only==="echo"){ const d=open("echo"), w=d.writable.getWriter(), rd=d.readable.getReader(); st(); const x=performance.now(); const s=(async()=>{for(let i=0;i<total;i+=65536) await w.write(B); await w.close();})(); let n=0; for(;;){const {value,done}=await rd.read(); if(done)break; n+=value.length;} await s; console.log("echo",mib(x),en()); }
 if(!only||only==="pp"){ const d=open("echo"), w=d.writable.getWriter(), rd=d.readable.getReader(); const one=new Uint8Array(1); const l:number[]=[]; for(let i=0;i<10000;i++){const x=performance.now(); const p=rd.read(); w.write(one); await p; l.push(performance.now()-x);} l.sort((a,b)=>a-b); console.log("pp p50",(l[5000]*1000).toFixed(0),"p99",(l[9900]*1000).toFixed(0)); await w.close(); while(!(await rd.read()).done); }
}
t.close(); 
