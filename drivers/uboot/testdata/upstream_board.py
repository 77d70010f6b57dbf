"""Uses a board as upstream's clients do: address of the exporter, path of an image. Prints what it found."""
import sys
from contextlib import ExitStack

from anyio.from_thread import start_blocking_portal
from jumpstarter.client import client_from_path



def say(*words):
    print(">", *words, flush=True)  # beside what upstream logs


address, image = sys.argv[1:]
with start_blocking_portal() as portal, ExitStack() as stack:
    context = client_from_path(address, portal, stack, allow=[], unsafe=True, insecure=True)
    with portal.wrap_async_context_manager(context) as client:
        board, uboot = client.board, client.uboot
        say(board.hostname, board.username, board.password)
        board.flasher.flash(image, target="bios")
        board.flasher.flash(image, target="root")
        board.set_disk_size("8M")
        board.set_memory_size("256M")
        with uboot.reboot_to_console():
            say(uboot.run_command_checked("version")[0].split()[0])
            say(uboot.setup_dhcp().ip_address)
            uboot.set_env("foo", "bar baz")
            say(uboot.get_env("foo"), uboot.get_env("nothing"))
            say("memory", b"size     = 0x0000000010000000" in uboot.run_command("bdinfo"))
            say("disk", "16384 x 512" in "".join(uboot.run_command_checked("virtio info")))
        board.power.off()
        board.flasher.dump(image + ".dump", target="bios")
