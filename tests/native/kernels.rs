//! Every kernel against plain references, forward and backward, on every device of this build:
//! the CPU, and with the feature `webgpu` also the default WebGPU adapter.
//!
//! The table of cases is `kernels::check`, which kernels.html runs too. `--nocapture` prints the
//! worst errors.

#[path = "devices.rs"]
mod devices;

use burn::tensor::{Device, Tensor};
use devices::devices;
use omni_r1_web::kernels::check::{self, Deviation, Op, cases, decode_cases, objective_cases, picture_cases, random};
use omni_r1_web::kernels::{self, Heads, Places};

fn check(op: Op) {
    check_on(devices(), op);
}

fn check_on(devices: impl IntoIterator<Item = (&'static str, Device)>, op: Op) {
    for case in &op.cases {
        check::check_gradients_of_reference(case);
    }
    for (name, device) in devices {
        let mut worst = Deviation::default();
        for case in &op.cases {
            let deviation = pollster::block_on(check::compare(&op, case, &device));
            worst.join(deviation.unwrap_or_else(|fault| panic!("on {name}: {fault}")));
        }
        println!("{:20} {name:7} {worst}", op.name);
    }
}

/// A test for each op, so that they run side by side and a failure names its op.
macro_rules! checked {
    ($($module:ident: $($op:ident)*;)*) => {
        $($(#[test] fn $op() { check($module::$op()); })*)*
        #[test]
        fn no_op_of_the_table_is_left_out() {
            let tested = vec![$($($module::$op().name),*),*];
            assert_eq!(check::table().into_iter().map(|op| op.name).collect::<Vec<_>>(), tested);
        }
    };
}

checked! {
    cases: matmul linear no_rows rms_norm swiglu embedding cross_entropy qk_norm_rope attention adamw;
    objective_cases: masked_nll code_distance sum_squares;
    decode_cases: attention_cached sample fused_linear;
    picture_cases: conv2d group_norm upsample nearest_code;
}

#[cfg(feature = "webgpu")]
#[test]
fn every_variant() {
    let Some((device, adapter)) = devices::opened() else { return };
    for op in check::variants(adapter.subgroups) {
        check_on([("webgpu", device.clone())], op);
    }
}

/// What is changed in place where nobody else holds it must be left alone where somebody does.
#[test]
fn shared_inputs_keep_their_values() {
    for (name, device) in devices() {
        let tensor = |values: &[f32]| Tensor::<1>::from_data(values, &device);
        let values = random(1, 65, 1.0);
        let held = tensor(&values);
        let (w, m, v) =
            kernels::adamw(held.clone(), tensor(&values), held.clone(), held.clone(), cases::STEP.on(&device), 0.1);
        let found: Vec<f32> = held.into_data().iter().collect();
        assert_eq!(found, values, "adamw on {name}");
        drop((w, m, v));

        let heads = Heads { query: 1, key_value: 1, size: 5 };
        let values = random(1, 2 * 7 * 5, 1.0);
        let held = tensor(&values).reshape([1, 2, 7, 5]);
        let [sequence, position, start] = [0, 3, 0].map(|number| Tensor::from_data([number], &device));
        let places = Places { sequence, position, start };
        let qkv = tensor(&random(2, 15, 1.0)).reshape([1, 1, 15]);
        let results = kernels::attention_cached(qkv, held.clone(), places, heads);
        let found: Vec<f32> = held.into_data().iter().collect();
        assert_eq!(found, values, "attention_cached on {name}");
        drop(results);
    }
}
