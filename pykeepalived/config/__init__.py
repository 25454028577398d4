"""The configuration language: schema, binding, resolving, dump.  Pure: questions to the host go through a
port.

    loaded = load("/etc/keepalived/keepalived.conf", loader, host=host)
    loaded.config.vrrp_instances[0].priority
    loaded.diagnostics, loaded.exit_status

==============  =========================================================================================
``schema``      how a block and a keyword are declared
``kinds``       how words become values, one class per kind of argument
``values``      the values that are more than a number or a word
``blocks``      the language: every keyword, declared once, one file per block
``actions``     what a keyword or a closing brace does while the file is read
``bind``        statements to blocks, with keepalived's recovery
``resolving``   inherited defaults and checks over the whole
``load``        all of it in one call
``effective``   which keywords this program acts on
==============  =========================================================================================
"""
