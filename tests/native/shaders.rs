//! Every variant of every shader, without a GPU: it must parse and validate, take exactly the
//! buffers that the Rust side lists, in that order and with that access, and keep to the limits
//! that every WebGPU device has.

use naga::valid::{Capabilities, GlobalUse, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, GlobalVariable, Module};
use omni_r1_web::kernels::shaders::{ALL, Constant, Entry};

/// The default limits of WebGPU.
const MAX_STORAGE_BUFFERS: usize = 8;
const MAX_INVOCATIONS: u32 = 256;
const MAX_WORKGROUP_MEMORY: u32 = 16_384;

fn for_each_variant(f: impl Fn(&Entry, &[Constant], &str)) {
    for entry in ALL {
        for variant in entry.variants {
            for read in ["read", "read_write"] {
                f(entry, variant, read);
            }
        }
    }
}

fn compile(entry: &Entry, variant: &[Constant], read: &str) -> (Module, ModuleInfo) {
    let text = entry.wgsl(variant, read);
    let module = naga::front::wgsl::parse_str(&text)
        .unwrap_or_else(|error| panic!("{} {variant:?}: {}\n{text}", entry.name, error.emit_to_string(&text)));
    let subgroups = variant.contains(&("SUBGROUPS", 1));
    let capabilities = if subgroups { Capabilities::SUBGROUP } else { Capabilities::empty() };
    let info = Validator::new(ValidationFlags::all(), capabilities)
        .subgroup_stages(naga::valid::ShaderStages::COMPUTE)
        .subgroup_operations(naga::valid::SubgroupOperationSet::all())
        .validate(&module)
        .unwrap_or_else(|error| panic!("{} {variant:?}: {}", entry.name, error.emit_to_string(&text)));
    (module, info)
}

#[test]
fn every_variant_is_valid_and_has_one_entry_point_of_its_name() {
    for_each_variant(|entry, variant, read| {
        let (module, _) = compile(entry, variant, read);
        let names: Vec<_> = module.entry_points.iter().map(|point| point.name.as_str()).collect();
        assert_eq!(names, [entry.name]);
    });
}

#[test]
fn buffers_are_those_that_the_rust_side_lists() {
    for_each_variant(|entry, variant, read| {
        let (module, info) = compile(entry, variant, read);
        let (reads, writes) = entry.buffers.split_once('>').expect("reads > writes");
        let reads: Vec<_> = reads.split_whitespace().collect();
        let names: Vec<_> = reads.iter().copied().chain(writes.split_whitespace()).collect();
        assert!(names.len() <= MAX_STORAGE_BUFFERS, "{}", entry.name);
        assert_eq!(names.len(), entry.buffer_count());

        let bound: Vec<_> = module.global_variables.iter().filter(|(_, variable)| variable.binding.is_some()).collect();
        assert_eq!(bound.len(), names.len() + 1, "{}: buffers and sizes", entry.name);
        for (handle, variable) in bound {
            // A declared but unused binding drops out of the layout, and the bind group doesn't fit.
            let used = info.get_entry_point(0)[handle];
            assert!(!used.is_empty(), "{} {variant:?}: {:?} is not used", entry.name, variable.name);
            let binding = variable.binding.as_ref().expect("filtered above").binding as usize;
            match names.get(binding) {
                Some(name) => check_buffer(entry, variable, name, used, binding >= reads.len(), read),
                None => assert_eq!(variable.space, AddressSpace::Uniform, "{}: sizes are the last binding", entry.name),
            }
        }
    });
}

fn check_buffer(entry: &Entry, variable: &GlobalVariable, name: &str, used: GlobalUse, written: bool, read: &str) {
    assert_eq!(variable.name.as_deref(), Some(name), "{}", entry.name);
    assert_eq!(used.contains(GlobalUse::WRITE), written, "{}: {name} is written", entry.name);
    let AddressSpace::Storage { access } = variable.space else {
        panic!("{}: {name} is no storage buffer", entry.name)
    };
    let writable = access.contains(naga::StorageAccess::STORE);
    assert_eq!(writable, written || read == "read_write", "{}: access of {name}", entry.name);
}

#[test]
fn workgroups_fit_every_device() {
    for_each_variant(|entry, variant, read| {
        let (module, _) = compile(entry, variant, read);
        assert!(module.entry_points[0].workgroup_size.iter().product::<u32>() <= MAX_INVOCATIONS, "{}", entry.name);
        let mut layouter = naga::proc::Layouter::default();
        layouter.update(module.to_ctx()).expect("laid out");
        let shared = module.global_variables.iter().filter(|(_, variable)| variable.space == AddressSpace::WorkGroup);
        let bytes: u32 = shared.map(|(_, variable)| layouter[variable.ty].size).sum();
        assert!(bytes <= MAX_WORKGROUP_MEMORY, "{}: {bytes} bytes of workgroup memory", entry.name);
    });
}

#[test]
fn every_file_of_shaders_is_listed() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    for file in std::fs::read_dir(folder).expect("the folder shaders") {
        let path = file.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "wgsl") {
            let text = std::fs::read_to_string(&path).expect("a text");
            for name in text.lines().filter_map(|line| line.strip_prefix("#entry ")) {
                assert!(ALL.iter().any(|entry| entry.name == name), "{name} of {} is not listed", path.display());
            }
        }
    }
}
