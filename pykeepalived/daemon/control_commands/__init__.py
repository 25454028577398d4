"""The commands of the control socket, a file each: see :mod:`pykeepalived.daemon.control_command`."""
